-- The pages of stories with what provenance weighs of them.
SELECT s.story_id, s.doc_id, d.url, d.url_key, d.site, d.title, d.language, d.first_crawled_at, t.text, t.n_words,
       p.published_at, p.published_from, p.published_to, p.published_by
FROM story_document s
JOIN document d USING (doc_id)
LEFT JOIN story_text t USING (doc_id)
LEFT JOIN publication p USING (doc_id)
JOIN wanted USING (story_id)
ORDER BY s.story_id, s.doc_id
