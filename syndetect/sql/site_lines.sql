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
),
-- Where the story texts are shorter than a footer, that is the longest line of all pages and tells none apart. So a line
-- on half of a site's pages is boilerplate too, if each has a line besides that could be a text of its own. More pages
-- are asked for, since versions of one running story differ like that.
site_size AS (
    SELECT site, count(DISTINCT doc_id) AS n FROM page_line GROUP BY site
),
common AS (
    SELECT site, line_key
    FROM page_line
    JOIN site_size USING (site)
    GROUP BY site, line_key, site_size.n
    HAVING count(*) >= greatest(3 * $least_pages, site_size.n / 2)
),
own AS (
    SELECT doc_id, first(line_key ORDER BY n_words DESC, line_key) AS own_key
    FROM page_line
    ANTI JOIN common USING (site, line_key)
    WHERE n_words >= $least_words
    GROUP BY doc_id
),
everywhere AS (
    SELECT site, line_key, count(DISTINCT own_key) AS n_pages
    FROM page_line
    JOIN common USING (site, line_key)
    JOIN own USING (doc_id)
    JOIN site_size USING (site)
    GROUP BY site, line_key, site_size.n
    HAVING count(DISTINCT own_key) >= greatest(3 * $least_pages, site_size.n / 2)
),
found AS (
    SELECT line.site, line.line_key, line.n_pages
    FROM line
    JOIN site_pages USING (site)
    WHERE line.n_pages >= greatest($least_pages, ceil(sqrt(site_pages.n) / 2))
    UNION ALL
    FROM everywhere
)
SELECT site, line_key, max(n_pages)::UINTEGER AS n_pages
FROM found
GROUP BY site, line_key
ORDER BY ALL
