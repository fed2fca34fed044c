-- The pages of each group of copies in one language, beside the one that stands for them in the comparison.
SELECT r.doc_id AS page, g.doc_id, t.n_words
FROM anchor_page r
JOIN document rd ON rd.doc_id = r.doc_id
JOIN copy_group rg ON rg.doc_id = r.doc_id
JOIN copy_group g ON g.group_id = rg.group_id
JOIN document d ON d.doc_id = g.doc_id AND d.language = rd.language
JOIN story_text t ON t.doc_id = g.doc_id
WHERE t.text_key IS NOT NULL AND t.kind = 'article'
ORDER BY page, doc_id
