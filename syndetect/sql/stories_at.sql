-- The views that list_stories.sql reads, for other groups than the run's: regrouped (doc_id, group_id), now_digest (doc_id) and
-- least_at (group_id, least_similarity) stand for them. What a page was taken from is as the run found it; a parent in
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
    SELECT story_id, count(*) AS n_origins,
           first(root_id ORDER BY n DESC, earliest, root_id, unseen) AS root_id,
           first(unseen ORDER BY n DESC, earliest, root_id, unseen) AS unseen
    FROM origin
    GROUP BY story_id
),
stories AS (
    SELECT t.story_id, count(*) AS n_documents, count(DISTINCT d.site) AS n_sites,
           list_sort(list(DISTINCT d.language)) AS languages,
           min(coalesce(p.published_at, d.first_crawled_at)) AS first_published_at,
           any_value(o.url) AS origin_url,
           coalesce(any_value(o.site), nullif(any_value(f.unseen), '')) AS origin_site,
           any_value(f.n_origins) AS n_origins, any_value(l.least_similarity) AS least_similarity
    FROM told t
    JOIN document d USING (doc_id)
    LEFT JOIN publication p USING (doc_id)
    LEFT JOIN first_origin f USING (story_id)
    LEFT JOIN document o ON o.doc_id = f.root_id
    LEFT JOIN least_at l USING (group_id)
    GROUP BY t.story_id
)
