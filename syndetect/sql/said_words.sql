-- The words that count, the earliest first, with the documents they speak of; those that wait for a page are left out.
SELECT j.said_id, j.word, a.doc_id AS a_id, b.doc_id AS b_id, j.parent_site, j.said_by, j.said_at, j.note,
       a.language AS a_language, b.language AS b_language
FROM judgement j
JOIN document a ON a.url_key = j.key_a
LEFT JOIN document b ON b.url_key = j.key_b
WHERE j.state = 'counts' AND (j.key_b IS NULL OR b.doc_id IS NOT NULL)
ORDER BY j.said_id
