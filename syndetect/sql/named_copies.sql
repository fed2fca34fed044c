-- Pages of one language of which one names the other by its address, as the documents that stand for their texts.
SELECT DISTINCT least(a.doc_id, b.doc_id) AS left_id, greatest(a.doc_id, b.doc_id) AS right_id
FROM named_page n
JOIN document d ON d.doc_id = n.doc_id
JOIN document o ON o.doc_id = n.named_id
JOIN story_text s ON s.doc_id = n.doc_id
JOIN story_text t ON t.doc_id = n.named_id
JOIN signed_text x ON x.text_key = s.text_key
JOIN signed_text y ON y.text_key = t.text_key
JOIN stands a ON a.text_no = x.text_no
JOIN stands b ON b.text_no = y.text_no
WHERE n.left_out IS NULL AND a.doc_id <> b.doc_id
  AND (d.language = o.language OR d.language IS NULL OR o.language IS NULL)
ORDER BY ALL
