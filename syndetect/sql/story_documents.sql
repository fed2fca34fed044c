-- Documents of stories of two pages and more, and single ones of which they themselves or a person say that they were taken
-- from elsewhere.
WITH member AS (
    SELECT g.group_id, g.doc_id, count(*) OVER (PARTITION BY g.group_id) AS n
    FROM story_group g
    JOIN story_text t USING (doc_id)
    WHERE t.kind = 'article' OR g.doc_id IN (FROM said_page)
),
claiming AS (
    SELECT DISTINCT c.doc_id
    FROM claim c
    JOIN document d USING (doc_id)
    WHERE c.kind IN ('attribution', 'agency', 'canonical', 'based-on') AND c.site IS NOT NULL AND c.site IS DISTINCT FROM d.site
)
SELECT printf('%016x', group_id) AS story_id, doc_id
FROM member
WHERE n > 1 OR doc_id IN (SELECT doc_id FROM claiming)
   OR doc_id IN (SELECT doc_id FROM said_parent WHERE parent_site IS NOT NULL)
ORDER BY ALL
