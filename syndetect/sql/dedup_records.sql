-- Every record of the inputs as they are now, with the document of its address. Of several records of one address that
-- one stands for the document whose text it is; where the file with that text has changed, the newest of the others.
SELECT s.path, s.record, s.url, s.site, s.crawled_at, d.doc_id, d.url AS stored_url, coalesce(t.kind, d.kind) AS kind,
       row_number() OVER (
           PARTITION BY d.doc_id
           ORDER BY s.doc_id = d.doc_id DESC, s.path IS NOT DISTINCT FROM d.path AND s.record = d.record DESC,
                    s.crawled_at DESC NULLS LAST, s.path, s.record
       ) = 1 AS stands
FROM sighting s
JOIN document d USING (url_key)
LEFT JOIN story_text t ON t.doc_id = d.doc_id
WHERE s.path IS NOT NULL
ORDER BY s.path, s.record
