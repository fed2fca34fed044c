-- Each document that stands for a text, beside every other one in the same words.
SELECT stands.doc_id AS a, s.doc_id AS b
FROM stands
JOIN story_text k USING (doc_id)
JOIN story_text s ON s.text_key = k.text_key AND s.doc_id <> stands.doc_id
