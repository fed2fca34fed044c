-- What pages say that backs a pair of groups: one names the site of the other as its source, or gives its address.
-- Reads `wanted_pair` (left_id, right_id: pages that stand for groups) and `anchor_member` (page, doc_id).
WITH
page AS (
    SELECT DISTINCT left_id AS page FROM wanted_pair UNION SELECT right_id FROM wanted_pair
),
member AS (
    SELECT m.page, m.doc_id, d.site FROM anchor_member m SEMI JOIN page USING (page) JOIN document d USING (doc_id)
),
either AS (
    SELECT left_id, right_id, left_id AS one, right_id AS other FROM wanted_pair
    UNION ALL
    SELECT left_id, right_id, right_id, left_id FROM wanted_pair
),
-- A site that names itself, or the same source on most of its pages, says nothing; a link says something only if it leads
-- to the page itself.
said AS (
    SELECT DISTINCT m.page, c.site
    FROM member m
    JOIN claim c USING (doc_id)
    WHERE c.kind IN ('attribution', 'based-on', 'canonical') AND c.site <> m.site AND c.rule NOT LIKE '%:furniture'
),
given AS (
    SELECT DISTINCT m.page, n.named_id, n.said
    FROM member m
    JOIN named_page n USING (doc_id)
    WHERE n.left_out IS DISTINCT FROM 'half of the site names it'
),
backing AS (
    SELECT e.left_id, e.right_id, false AS by_address, false AS vouched, m.site
    FROM either e
    JOIN said s ON s.page = e.one
    JOIN member m ON m.page = e.other AND m.site = s.site
    UNION ALL
    SELECT e.left_id, e.right_id, true, g.said <> 'link', m.site
    FROM either e
    JOIN given g ON g.page = e.one
    JOIN member m ON m.page = e.other AND m.doc_id = g.named_id
),
site_size AS (
    SELECT site, count(*) AS n_pages FROM document GROUP BY site
)
-- One row a pair that is backed: whether by an address, whether that of a source or translation and not of a mere link,
-- else how many pages the site has that is named.
SELECT left_id, right_id, bool_or(by_address) AS by_address, bool_or(vouched) AS vouched, min(z.n_pages) AS n_site_pages
FROM backing
JOIN site_size z USING (site)
GROUP BY left_id, right_id
ORDER BY left_id, right_id
