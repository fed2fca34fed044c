-- Of several fetches of one page the newest text stays, and of each other text its last fetch as a version; address, first and
-- last crawl are taken over all of them.
CREATE OR REPLACE TEMP TABLE twice AS
SELECT url_key FROM document GROUP BY url_key HAVING count(*) > 1
UNION
SELECT url_key FROM version
UNION
SELECT url_key FROM sighting WHERE same_key IS NOT NULL;

CREATE OR REPLACE TEMP TABLE seen AS
SELECT url_key, first(url ORDER BY crawled_at NULLS LAST, url) AS url,
       first(site ORDER BY crawled_at NULLS LAST, url) AS site, min(crawled_at) AS first_crawled_at,
       max(crawled_at) AS last_crawled_at, list_sort(list(DISTINCT url)) AS addresses
FROM sighting
WHERE url_key IN (SELECT url_key FROM twice)
GROUP BY url_key;

CREATE OR REPLACE TEMP TABLE told AS
WITH fetched AS (
    SELECT * FROM document WHERE url_key IN (SELECT url_key FROM twice)
    UNION ALL BY NAME
    SELECT * FROM version WHERE url_key IN (SELECT url_key FROM twice)
),
ranked AS (
    -- Of two fetches in one moment the one that kept the page's marks. In which file a fetch stood must not decide while
    -- anything tells the two apart.
    SELECT d.*, row_number() OVER (
        PARTITION BY url_key
        ORDER BY d.crawled_at DESC NULLS LAST,
                 list_contains(list_transform(d.stated_times, lambda t: t.source), 'input'),
                 d.doc_id, len(d.stated_times) DESC, d.title NULLS LAST, d.language NULLS LAST, d.canonical NULLS LAST,
                 d.stated_times, d.kind NULLS LAST, d.site_name NULLS LAST, d.based_on, d.links, d.images, d.alternates,
                 d.path, d.record
    ) AS place
    FROM fetched d
)
SELECT * FROM ranked QUALIFY place = min(place) OVER (PARTITION BY url_key, page_text);

DELETE FROM document WHERE url_key IN (SELECT url_key FROM twice);
INSERT INTO document BY NAME
SELECT d.* EXCLUDE (place) REPLACE (
    s.url AS url, s.site AS site, s.first_crawled_at AS first_crawled_at, s.last_crawled_at AS last_crawled_at,
    list_filter(s.addresses, lambda a: a <> s.url) AS also_at
)
FROM told d
JOIN seen s USING (url_key)
WHERE place = 1;

DELETE FROM version WHERE url_key IN (SELECT url_key FROM twice);
INSERT INTO version BY NAME
SELECT d.* EXCLUDE (place) REPLACE (
    s.url AS url, s.site AS site, d.crawled_at AS first_crawled_at, d.crawled_at AS last_crawled_at, [] AS also_at
)
FROM told d
JOIN seen s USING (url_key)
WHERE place > 1;

DROP TABLE told;
DROP TABLE seen;
DROP TABLE twice;
