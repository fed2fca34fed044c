-- One document stands for each group of copies in the comparison across languages: the longest, since what it has in
-- common with a translation is most; of equals the earliest id.
SELECT d.doc_id, d.language, p.published_from, p.published_to
FROM copy_group g
JOIN document d USING (doc_id)
JOIN story_text t USING (doc_id)
LEFT JOIN publication p USING (doc_id)
WHERE t.text_key IS NOT NULL AND t.kind = 'article' AND d.language IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY g.group_id, d.language ORDER BY t.n_words DESC, d.doc_id) = 1
ORDER BY d.doc_id
