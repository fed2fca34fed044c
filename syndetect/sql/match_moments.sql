-- When each of some documents, `asked`, was published or first seen.
SELECT a.doc_id, coalesce(p.published_at, d.first_crawled_at) AS moment
FROM asked a
JOIN document d USING (doc_id)
LEFT JOIN publication p USING (doc_id)
ORDER BY ALL
