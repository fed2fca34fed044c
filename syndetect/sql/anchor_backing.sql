-- What pages say that backs a pair of groups: one names the site of the other as its source, or gives its address.
-- Reads `wanted_pair` (left_id, right_id: pages that stand for groups) and `anchor_member` (page, doc_id).
WITH
page AS (
    SELECT DISTINCT left_id AS page FROM wanted_pair UNION SELECT right_id FROM wanted_pair
),
member AS (
    SELECT m.page, m.doc_id, d.url, d.site FROM anchor_member m SEMI JOIN page USING (page) JOIN document d USING (doc_id)
),
-- A site that names itself says nothing; a link says something only if it leads to the page itself.
said AS (
    SELECT DISTINCT m.page, c.site, CASE WHEN c.kind = 'attribution' THEN NULL ELSE c.value END AS url, c.kind = 'link' AS is_link
    FROM member m
    JOIN claim c USING (doc_id)
    WHERE c.kind IN ('attribution', 'based-on', 'canonical', 'link') AND c.site IS NOT NULL AND c.site <> m.site
    UNION
    -- A page's own list of its translations, on this site or another.
    SELECT DISTINCT m.page, o.site, a.url, true
    FROM member m
    JOIN document d USING (doc_id), unnest(d.alternates) AS t (a)
    JOIN document o ON o.url = a.url
),
either AS (
    SELECT left_id, right_id, left_id AS one, right_id AS other FROM wanted_pair
    UNION ALL
    SELECT left_id, right_id, right_id, left_id FROM wanted_pair
),
site_size AS (
    SELECT site, count(*) AS n_pages FROM document GROUP BY site
)
-- One row a pair that is backed: whether by an address, else how many pages the site has that is named.
SELECT e.left_id, e.right_id, bool_or(coalesce(s.url = m.url, false)) AS by_address, min(z.n_pages) AS n_site_pages
FROM either e
JOIN said s ON s.page = e.one
JOIN member m ON m.page = e.other AND m.site = s.site
JOIN site_size z ON z.site = s.site
WHERE NOT s.is_link OR s.url = m.url
GROUP BY e.left_id, e.right_id
ORDER BY e.left_id, e.right_id
