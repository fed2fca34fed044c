-- The public views: plain SQL over the tables, so that any DuckDB client reads them.

CREATE OR REPLACE VIEW documents AS
SELECT d.url, d.site, d.title, t.text, d.language, p.published_at, p.published_from, p.published_to, p.published_by,
       p.published_day, d.first_crawled_at, d.last_crawled_at, coalesce(t.kind, d.kind) AS kind, d.also_at, t.n_words
FROM document d
LEFT JOIN publication p USING (doc_id)
LEFT JOIN story_text t USING (doc_id);

-- Every address a page was seen at. Those of one key are one page; its own is the one first crawled.
CREATE OR REPLACE VIEW addresses AS
SELECT s.url, d.url AS page_url, s.url_key AS key, min(s.crawled_at) AS first_crawled_at,
       max(s.crawled_at) AS last_crawled_at
FROM sighting s
JOIN document d USING (url_key)
GROUP BY ALL;

CREATE OR REPLACE VIEW pairs AS
SELECT l.url AS left_url, r.url AS right_url, j.judgement, j.relation, j.similarity, j.left_containment,
       j.right_containment,
       -- A merged value that is NULL adds no key.
       CASE WHEN coalesce(lt.n_hidden, 0) + coalesce(rt.n_hidden, 0) = 0 THEN j.evidence
            ELSE json_merge_patch(j.evidence, json_object(
                'left_hidden', nullif(lt.n_hidden, 0), 'right_hidden', nullif(rt.n_hidden, 0))) END AS evidence
FROM judged_pair j
JOIN document l ON l.doc_id = j.left_id
JOIN document r ON r.doc_id = j.right_id
LEFT JOIN story_text lt ON lt.doc_id = j.left_id
LEFT JOIN story_text rt ON rt.doc_id = j.right_id;

CREATE OR REPLACE VIEW story_members AS
SELECT s.story_id, d.url
FROM story_document s
JOIN document d USING (doc_id);

CREATE OR REPLACE VIEW provenance AS
SELECT d.url, s.story_id, parent.url AS parent_url, e.parent_site, e.named_url, e.relation, e.confidence, e.evidence
FROM provenance_edge e
JOIN document d USING (doc_id)
JOIN story_document s USING (doc_id)
LEFT JOIN document parent ON parent.doc_id = e.parent_id;

CREATE OR REPLACE VIEW chains AS
WITH RECURSIVE up AS (
    SELECT doc_id, 1 AS depth, parent_id, parent_site, relation, confidence
    FROM provenance_edge
    WHERE parent_id IS NOT NULL OR parent_site IS NOT NULL
    UNION ALL
    SELECT up.doc_id, up.depth + 1, e.parent_id, e.parent_site, e.relation, up.confidence * e.confidence
    FROM up
    JOIN provenance_edge e ON e.doc_id = up.parent_id
    WHERE e.parent_id IS NOT NULL OR e.parent_site IS NOT NULL
)
SELECT d.url, up.depth, a.url AS ancestor_url, up.parent_site AS ancestor_site, up.relation, up.confidence
FROM up
JOIN document d USING (doc_id)
LEFT JOIN document a ON a.doc_id = up.parent_id;

CREATE OR REPLACE VIEW stories AS
WITH RECURSIVE root AS (
    SELECT doc_id, doc_id AS root_id, parent_site AS unseen
    FROM provenance_edge
    WHERE parent_id IS NULL
    UNION ALL
    SELECT e.doc_id, root.root_id, root.unseen
    FROM root
    JOIN provenance_edge e ON e.parent_id = root.doc_id
),
-- The origin of a story is the root most of its pages lead to; of equals the earliest.
origin AS (
    SELECT s.story_id, coalesce(root.unseen, '') AS unseen,
           CASE WHEN root.unseen IS NULL THEN root.root_id END AS root_id,
           count(*) AS n, min(coalesce(p.published_at, d.first_crawled_at)) AS earliest
    FROM root
    JOIN story_document s USING (doc_id)
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
-- A quotation in common ties nothing: half of either text has to stand in the other, as where an excerpt joins a story.
part AS (
    SELECT left_id, right_id
    FROM judged_pair
    WHERE judgement = 'same' AND relation = 'excerpt' AND evidence->>'not_joined' IS NULL
      AND greatest(left_containment, right_containment) >= 0.5
),
-- Beginnings that can't be independent of each other count once: those that carry one text, largely share it, or are of
-- one host. What an unseen source told is told by the pages that name it.
ending AS (
    SELECT DISTINCT s.story_id, t.text_id, coalesce(e.parent_site, d.site) AS host
    FROM provenance_edge e
    JOIN story_document s USING (doc_id)
    JOIN same_text t USING (doc_id)
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
    FROM (SELECT left_id AS doc_id, right_id AS other_id FROM part
          UNION ALL SELECT right_id, left_id FROM part) p
    JOIN same_text ta USING (doc_id)
    JOIN same_text tb ON tb.doc_id = p.other_id
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
least AS (
    SELECT s.story_id, min(j.similarity) AS least_similarity
    FROM judged_pair j
    JOIN story_document s ON s.doc_id = j.left_id
    JOIN story_document r ON r.doc_id = j.right_id AND r.story_id = s.story_id
    WHERE j.judgement = 'same'
    GROUP BY s.story_id
)
SELECT s.story_id, count(*) AS n_documents, count(DISTINCT d.site) AS n_sites,
       list_sort(list(DISTINCT d.language)) AS languages,
       min(coalesce(p.published_at, d.first_crawled_at)) AS first_published_at,
       any_value(o.url) AS origin_url,
       coalesce(any_value(o.site), nullif(any_value(f.unseen), '')) AS origin_site,
       coalesce(any_value(b.n_origins), 1) AS n_origins, any_value(least.least_similarity) AS least_similarity
FROM story_document s
JOIN document d USING (doc_id)
LEFT JOIN publication p USING (doc_id)
LEFT JOIN first_origin f USING (story_id)
LEFT JOIN beginning b USING (story_id)
LEFT JOIN document o ON o.doc_id = f.root_id
LEFT JOIN least USING (story_id)
GROUP BY s.story_id;

CREATE OR REPLACE VIEW claims AS
SELECT d.url, c.kind, c.value, c.site, c.time_from, c.time_to, c.zone_known, c.span_start, c.span_end, c.rule
FROM claim c
JOIN document d USING (doc_id);

-- Who republishes whom: a row a pair of sites. But for n_pages all are numbers of stories; n_expected adds up, for each story,
-- the confidence of the surest of its edges, and those of .8 and more are sure.
CREATE OR REPLACE VIEW site_flows AS
WITH edge AS (
    SELECT e.doc_id, e.parent_id, e.parent_site, d.site, s.story_id, e.relation, e.confidence,
           date_diff('minute', pp.published_at, p.published_at) AS lag_minutes,
           CASE WHEN e.relation = 'translates'
                THEN coalesce(parent.language, '?') || '>' || coalesce(d.language, '?') END AS languages,
           row_number() OVER (
               PARTITION BY e.parent_site, d.site, s.story_id ORDER BY e.confidence DESC, e.doc_id) = 1 AS is_surest
    FROM provenance_edge e
    JOIN document d USING (doc_id)
    JOIN story_document s USING (doc_id)
    LEFT JOIN document parent ON parent.doc_id = e.parent_id
    LEFT JOIN publication p ON p.doc_id = e.doc_id
    LEFT JOIN publication pp ON pp.doc_id = e.parent_id
    WHERE e.parent_site IS NOT NULL
),
-- A page credits its parent if it names its host. A line that names only a host above or below that one, and stands on the
-- parent too, is the credit of the parent's own source.
credited AS (
    SELECT DISTINCT e.doc_id
    FROM provenance_edge e
    JOIN claim c USING (doc_id)
    LEFT JOIN claim carried ON carried.doc_id = e.parent_id AND carried.kind = c.kind AND carried.site = c.site
    WHERE c.kind IN ('attribution', 'agency', 'canonical', 'based-on')
      AND (c.site = e.parent_site
           OR (carried.doc_id IS NULL
               AND (ends_with(c.site, '.' || e.parent_site) OR ends_with(e.parent_site, '.' || c.site))))
)
SELECT e.parent_site AS from_site, e.site AS to_site, count(DISTINCT e.story_id) AS n_stories,
       count(DISTINCT e.story_id) FILTER (e.relation = 'translates') AS n_translated,
       count(DISTINCT e.story_id) FILTER (c.doc_id IS NOT NULL) AS n_credited,
       median(e.lag_minutes) AS median_lag_minutes,
       count(*) AS n_pages,
       round(sum(e.confidence) FILTER (e.is_surest), 4) AS n_expected,
       count(DISTINCT e.story_id) FILTER (e.confidence >= 0.8) AS n_sure,
       count(DISTINCT e.story_id) - count(DISTINCT e.story_id) FILTER (c.doc_id IS NOT NULL) AS n_uncredited,
       count(DISTINCT e.story_id) FILTER (e.confidence >= 0.8 AND c.doc_id IS NULL) AS n_sure_uncredited,
       coalesce(list_sort(list(DISTINCT e.languages) FILTER (e.languages IS NOT NULL)), []) AS languages
FROM edge e
LEFT JOIN credited c USING (doc_id)
GROUP BY ALL;

-- Every text a page was fetched with, the newest first.
CREATE OR REPLACE VIEW versions AS
SELECT d.url, t.crawled_at, t.title, t.page_text AS text, t.language, t.doc_id = d.doc_id AS is_newest
FROM (SELECT * FROM document UNION ALL BY NAME SELECT * FROM version) t
JOIN document d USING (url_key)
WHERE url_key IN (SELECT url_key FROM version)
ORDER BY d.url, is_newest DESC, t.crawled_at DESC NULLS LAST, t.doc_id;

CREATE OR REPLACE VIEW inputs AS
SELECT path, sha256, n_records, n_rejected, read_at, passed_over, columns FROM input_file;

CREATE OR REPLACE VIEW rejected AS
SELECT path, record, reason FROM rejected_record;

-- What people said, the latest first. A word waits while a page that it speaks of is not in the store.
CREATE OR REPLACE VIEW judgements AS
SELECT j.said_id, coalesce(a.url, j.url_a) AS url_a, coalesce(b.url, j.url_b) AS url_b, j.word, j.parent_site, j.said_by, j.said_at,
       j.note,
       CASE WHEN j.state = 'counts' AND (a.url IS NULL OR (j.key_b IS NOT NULL AND b.url IS NULL)) THEN 'waiting'
            ELSE j.state END AS state,
       j.withdrawn_by, j.withdrawn_at
FROM judgement j
LEFT JOIN document a ON a.url_key = j.key_a
LEFT JOIN document b ON b.url_key = j.key_b
ORDER BY j.said_id DESC;
