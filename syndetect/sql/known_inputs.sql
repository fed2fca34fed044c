-- Of the files that are named: those that were read to their end, are as they were, and would give the same if they were read
-- again: with the same columns, and with a larger limit of pages only if none was over the old one.
SELECT path
FROM named
JOIN input_file f USING (path)
WHERE (f.sha256 = named.sha256 OR f.stamp = named.stamp) AND f.mapping = $mapping AND f.fault IS NULL
  AND (
      f.page_bytes >= $page_bytes
      OR NOT EXISTS (FROM rejected_record r WHERE r.path = f.path AND starts_with(r.reason, 'too-large'))
  )
