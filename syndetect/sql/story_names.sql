-- Attributions of the pages of stories, with the host each names where that is known.
SELECT DISTINCT s.story_id, c.value, c.site
FROM claim c
JOIN story_document s USING (doc_id)
WHERE c.kind = 'attribution' AND c.rule NOT LIKE '%:generic' AND c.rule NOT LIKE '%:furniture'
ORDER BY ALL
