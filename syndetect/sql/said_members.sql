-- The pages of the stories that words of pairs touch, in the groups that were found. Reads said_pair (left_id, right_id).
WITH touched AS (
    SELECT DISTINCT group_id
    FROM story_group
    WHERE doc_id IN (SELECT left_id FROM said_pair UNION SELECT right_id FROM said_pair)
)
SELECT s.doc_id, c.group_id AS copies_id, s.group_id AS story_id, coalesce(p.published_at, d.first_crawled_at) AS at
FROM story_group s
JOIN touched USING (group_id)
JOIN copy_group c USING (doc_id)
JOIN document d USING (doc_id)
LEFT JOIN publication p USING (doc_id)
ORDER BY s.doc_id
