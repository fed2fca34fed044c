-- Documents of the texts that share a key with the page, `asked` (text_no), and of the text that is the page's own. Texts
-- that no document has any more drop out here. place: the row of story_text, by which a text is fetched without reading all.
WITH wanted AS (
    SELECT text_no, text_key FROM signed_text SEMI JOIN asked USING (text_no)
    UNION
    SELECT text_no, text_key FROM signed_text WHERE text_key = $text_key
)
SELECT w.text_no, w.text_key, s.doc_id, s.rowid AS place, s.kind = 'digest' AS is_digest
FROM wanted w
JOIN story_text s USING (text_key)
ORDER BY ALL
