-- Of the files that are read again those of which nothing stays. A file that is one page and tells no crawl time: what it
-- holds now is newer than what it held. A file that is read with other columns: its records say something else now, at the
-- same moments.
CREATE OR REPLACE TEMP TABLE taken_out AS
SELECT path
FROM renewed
JOIN input_file f USING (path)
WHERE single OR (f.mapping <> $mapping AND (f.sha256 = renewed.sha256 OR f.stamp = renewed.stamp));
