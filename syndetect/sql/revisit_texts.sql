-- Fetches that found at another address what was fetched before: the text they stand for, which is the one that was there
-- last before them. Their own address and moment take the place of the text's.
SELECT t.* EXCLUDE (crawled_at, first_crawled_at, last_crawled_at, also_at) REPLACE (
           r.url AS url, r.url_key AS url_key, r.site AS site, r.path AS path, r.record AS record
       ),
       r.crawled_at
FROM sighting r
JOIN (SELECT * FROM document UNION ALL BY NAME SELECT * FROM version) t ON t.url_key = r.same_key
WHERE r.same_key <> r.url_key AND r.path IS NOT NULL
  AND NOT EXISTS (FROM document d WHERE d.url_key = r.url_key AND d.path = r.path AND d.record = r.record)
  AND NOT EXISTS (FROM version d WHERE d.url_key = r.url_key AND d.path = r.path AND d.record = r.record)
QUALIFY row_number() OVER (
    PARTITION BY r.path, r.record
    ORDER BY coalesce(t.crawled_at <= r.crawled_at, false) DESC, abs(epoch(t.crawled_at) - epoch(r.crawled_at)), t.doc_id
) = 1
ORDER BY r.path, r.record
