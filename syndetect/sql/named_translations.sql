-- Groups of copies in two languages of which a page of one names a page of the other by its address, as the pages that stand
-- for them.
SELECT DISTINCT least(a.doc_id, b.doc_id) AS left_id, greatest(a.doc_id, b.doc_id) AS right_id
FROM named_page n
JOIN anchor_member s ON s.doc_id = n.doc_id
JOIN anchor_member t ON t.doc_id = n.named_id
JOIN anchor_page a ON a.doc_id = s.page
JOIN anchor_page b ON b.doc_id = t.page
WHERE n.left_out IS NULL AND a.language <> b.language
ORDER BY ALL
