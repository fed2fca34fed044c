-- Claims of the pages of stories that tell of a source, and the times that pages state and that can't be.
SELECT c.*
FROM claim c
JOIN story_document s USING (doc_id)
JOIN wanted USING (story_id)
WHERE c.kind IN ('attribution', 'agency', 'canonical', 'based-on', 'link', 'translation-note')
    OR c.kind = 'published' AND (c.rule LIKE '%:after-crawl' OR c.rule = 'id-order')
ORDER BY ALL
