-- Some pages of each language; ids are hashes, so the smallest are a fair sample.
SELECT d.language, s.story_id, t.text
FROM story_text t
JOIN document d USING (doc_id)
LEFT JOIN story_document s USING (doc_id)
WHERE d.language IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY d.language ORDER BY d.doc_id) <= $most
ORDER BY d.doc_id
