-- Hosts of the pages of stories, and those that these give besides names.
SELECT s.story_id, d.site
FROM story_document s
JOIN document d USING (doc_id)
UNION
SELECT s.story_id, c.site
FROM claim c
JOIN story_document s USING (doc_id)
WHERE c.kind IN ('canonical', 'based-on', 'agency') AND c.site IS NOT NULL
ORDER BY ALL
