-- What is shown of the documents that match, `asked`.
SELECT a.doc_id, d.url, d.site, d.title, d.language, p.published_at, d.first_crawled_at, s.story_id
FROM asked a
JOIN document d USING (doc_id)
LEFT JOIN publication p USING (doc_id)
LEFT JOIN story_document s USING (doc_id)
ORDER BY ALL
