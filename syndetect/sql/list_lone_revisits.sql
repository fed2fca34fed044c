-- A fetch that says "as before" of a page that was never read is listed; a later run may bring the page.
DELETE FROM rejected_record WHERE starts_with(reason, 'revisit-alone:');
INSERT INTO rejected_record
SELECT path, record, 'revisit-alone: the page it found unchanged is in no input'
FROM sighting
WHERE same_key IS NOT NULL AND path IS NOT NULL AND url_key NOT IN (SELECT url_key FROM document)
ORDER BY path, record;

UPDATE input_file SET n_rejected = found.n
FROM (
    SELECT i.path, count(r.path) AS n
    FROM input_file i
    LEFT JOIN rejected_record r USING (path)
    WHERE i.format = 'warc'
    GROUP BY i.path
) found
WHERE found.path = input_file.path AND found.n <> input_file.n_rejected;
