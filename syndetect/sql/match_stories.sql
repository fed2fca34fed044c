-- Size, languages and origin of some stories, `asked`: the same as in the view `stories`, which reads all of them.
WITH RECURSIVE member AS (
    SELECT s.story_id, s.doc_id FROM story_document s SEMI JOIN asked USING (story_id)
),
edge AS (
    SELECT m.story_id, e.doc_id, e.parent_id, e.parent_site FROM provenance_edge e JOIN member m USING (doc_id)
),
root AS (
    SELECT story_id, doc_id, doc_id AS root_id, parent_site AS unseen
    FROM edge
    WHERE parent_id IS NULL
    UNION ALL
    SELECT e.story_id, e.doc_id, root.root_id, root.unseen
    FROM root
    JOIN edge e ON e.parent_id = root.doc_id
),
page AS (
    SELECT d.doc_id, d.url, d.site, d.language, coalesce(p.published_at, d.first_crawled_at) AS moment
    FROM document d
    SEMI JOIN member USING (doc_id)
    LEFT JOIN publication p USING (doc_id)
),
origin AS (
    SELECT root.story_id, coalesce(root.unseen, '') AS unseen, CASE WHEN root.unseen IS NULL THEN root.root_id END AS root_id,
           count(*) AS n, min(page.moment) AS earliest
    FROM root
    JOIN page ON page.doc_id = root.root_id
    GROUP BY ALL
),
first_origin AS (
    SELECT story_id, first(root_id ORDER BY n DESC, earliest, root_id, unseen) AS root_id,
           first(unseen ORDER BY n DESC, earliest, root_id, unseen) AS unseen
    FROM origin
    GROUP BY story_id
)
SELECT m.story_id, count(*) AS story_pages, list_sort(list(DISTINCT page.language)) AS story_languages,
       any_value(o.url) AS origin_url, coalesce(any_value(o.site), nullif(any_value(f.unseen), '')) AS origin_site
FROM member m
JOIN page USING (doc_id)
LEFT JOIN first_origin f USING (story_id)
LEFT JOIN page o ON o.doc_id = f.root_id
GROUP BY m.story_id
ORDER BY m.story_id
