-- Claims of the pages of stories; whether an address that a page gives is that of a page in the store.
SELECT c.*
FROM claim c
JOIN story_document s USING (doc_id)
JOIN wanted USING (story_id)
WHERE c.kind IN ('attribution', 'agency', 'canonical', 'based-on', 'link', 'translation-note')
ORDER BY ALL
