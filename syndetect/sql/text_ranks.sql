-- Every text that a document has, and the document that stands for all with the same words: the earliest; `place` orders
-- those documents by time.
WITH standing AS (
    SELECT DISTINCT ON (s.text_key) s.text_key, s.doc_id, d.site, coalesce(p.published_at, d.first_crawled_at) AS moment
    FROM story_text s
    JOIN document d USING (doc_id)
    LEFT JOIN publication p USING (doc_id)
    WHERE s.text_key IS NOT NULL
    ORDER BY s.text_key, moment NULLS LAST, s.doc_id
)
SELECT t.text_no, standing.doc_id, standing.site, t.n_fingerprints,
       row_number() OVER (ORDER BY standing.moment NULLS LAST, standing.doc_id) AS place
FROM standing
JOIN signed_text t USING (text_key)
