-- The views that list_stories.sql reads, for other groups than the run's: regrouped (doc_id, group_id), now_digest (doc_id),
-- now_text (doc_id, text_id), now_part (left_id, right_id of excerpts that join) and least_at (group_id, least_similarity)
-- stand for them. What a page was taken from is as the run found it; a parent in
-- another story counts as none.
WITH RECURSIVE member AS (
    SELECT g.group_id, g.doc_id, count(*) OVER (PARTITION BY g.group_id) AS n
    FROM regrouped g
    JOIN story_text t USING (doc_id)
    WHERE (t.kind IN ('article', 'digest') AND (t.kind = 'article' OR t.text_key IS NOT NULL)
           AND g.doc_id NOT IN (SELECT doc_id FROM now_digest))
       OR g.doc_id IN (FROM said_page)
),
told AS (
    SELECT group_id, printf('%016x', group_id) AS story_id, doc_id
    FROM member
    WHERE n > 1
       OR doc_id IN (SELECT doc_id FROM provenance_edge WHERE parent_id IS NULL AND parent_site IS NOT NULL)
),
story_members AS (
    SELECT t.story_id, d.url
    FROM told t
    JOIN document d USING (doc_id)
),
edge AS (
    SELECT t.story_id, t.doc_id, p.doc_id AS parent_id, CASE WHEN e.parent_id IS NULL THEN e.parent_site END AS unseen
    FROM told t
    LEFT JOIN provenance_edge e USING (doc_id)
    LEFT JOIN told p ON p.doc_id = e.parent_id AND p.story_id = t.story_id
),
provenance AS (
    SELECT story_id, CASE WHEN parent_id IS NOT NULL THEN '' END AS parent_url, unseen AS parent_site
    FROM edge
),
root AS (
    SELECT story_id, doc_id, doc_id AS root_id, unseen
    FROM edge
    WHERE parent_id IS NULL
    UNION ALL
    SELECT root.story_id, e.doc_id, root.root_id, root.unseen
    FROM root
    JOIN edge e ON e.parent_id = root.doc_id
),
origin AS (
    SELECT root.story_id, coalesce(root.unseen, '') AS unseen,
           CASE WHEN root.unseen IS NULL THEN root.root_id END AS root_id,
           count(*) AS n, min(coalesce(p.published_at, d.first_crawled_at)) AS earliest
    FROM root
    JOIN document d ON d.doc_id = root.root_id
    LEFT JOIN publication p ON p.doc_id = root.root_id
    GROUP BY ALL
),
first_origin AS (
    SELECT story_id,
           first(root_id ORDER BY n DESC, earliest, root_id, unseen) AS root_id,
           first(unseen ORDER BY n DESC, earliest, root_id, unseen) AS unseen
    FROM origin
    GROUP BY story_id
),
-- Beginnings that can't be independent of each other count once: those that carry one text, largely share it, or are of
-- one host. What an unseen source told is told by the pages that name it.
ending AS (
    SELECT DISTINCT e.story_id, t.text_id, coalesce(e.unseen, d.site) AS host
    FROM edge e
    JOIN now_text t USING (doc_id)
    JOIN document d USING (doc_id)
    WHERE e.parent_id IS NULL
),
several AS (
    SELECT story_id, text_id
    FROM (SELECT DISTINCT story_id, text_id FROM ending)
    QUALIFY count(*) OVER (PARTITION BY story_id) > 1
),
tie AS (
    SELECT a.story_id, a.text_id AS one, b.text_id AS other
    FROM ending a
    JOIN ending b USING (story_id)
    WHERE a.text_id <> b.text_id
      AND (a.host = b.host OR ends_with(a.host, '.' || b.host) OR ends_with(b.host, '.' || a.host))
    UNION
    SELECT a.story_id, a.text_id, b.text_id
    FROM (SELECT left_id AS doc_id, right_id AS other_id FROM now_part
          UNION ALL SELECT right_id, left_id FROM now_part) p
    JOIN now_text ta USING (doc_id)
    JOIN now_text tb ON tb.doc_id = p.other_id
    JOIN several a ON a.text_id = ta.text_id
    JOIN several b ON b.text_id = tb.text_id AND b.story_id = a.story_id
    WHERE a.text_id <> b.text_id
),
reached AS (
    SELECT story_id, text_id, text_id AS other
    FROM several
    UNION
    SELECT r.story_id, r.text_id, tie.other
    FROM reached r
    JOIN tie ON tie.story_id = r.story_id AND tie.one = r.other
),
beginning AS (
    SELECT story_id, count(DISTINCT first_text) AS n_origins
    FROM (SELECT story_id, text_id, min(other) AS first_text FROM reached GROUP BY ALL)
    GROUP BY story_id
),
stories AS (
    SELECT t.story_id, count(*) AS n_documents, count(DISTINCT d.site) AS n_sites,
           list_sort(list(DISTINCT d.language)) AS languages,
           min(coalesce(p.published_at, d.first_crawled_at)) AS first_published_at,
           any_value(o.url) AS origin_url,
           coalesce(any_value(o.site), nullif(any_value(f.unseen), '')) AS origin_site,
           coalesce(any_value(b.n_origins), 1) AS n_origins, any_value(l.least_similarity) AS least_similarity
    FROM told t
    JOIN document d USING (doc_id)
    LEFT JOIN publication p USING (doc_id)
    LEFT JOIN first_origin f USING (story_id)
    LEFT JOIN beginning b USING (story_id)
    LEFT JOIN document o ON o.doc_id = f.root_id
    LEFT JOIN least_at l USING (group_id)
    GROUP BY t.story_id
)
