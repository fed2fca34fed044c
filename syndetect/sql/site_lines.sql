-- Lines on many different pages of a site. On small sites $least_pages pages are enough; the number asked for grows
-- with the square root of the site, since a quotation that runs through a year's coverage is no furniture. Pages are
-- told apart by their longest line, so that a story a site carries often does not make its own sentences boilerplate.
WITH site_pages AS (
    SELECT site, count(DISTINCT page_key) AS n FROM page_line GROUP BY site
),
line AS (
    SELECT site, line_key, count(DISTINCT page_key) AS n_pages
    FROM page_line
    WHERE line_key <> page_key
    GROUP BY site, line_key
)
SELECT line.site, line.line_key, line.n_pages::UINTEGER AS n_pages
FROM line
JOIN site_pages USING (site)
WHERE line.n_pages >= greatest($least_pages, ceil(sqrt(site_pages.n) / 2))
ORDER BY ALL
