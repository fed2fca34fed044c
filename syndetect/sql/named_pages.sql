-- Pages of the store that pages of other sites name by their exact address, or list as their own translations. Reads
-- `named_address` (value, url_key of pages of the store).
WITH said AS (
    SELECT c.doc_id, n.doc_id AS named_id, n.site, c.kind AS said
    FROM claim c
    JOIN named_address a USING (value)
    JOIN document n USING (url_key)
    JOIN document d ON d.doc_id = c.doc_id
    WHERE c.kind IN ('canonical', 'based-on', 'link', 'attribution') AND n.site IS DISTINCT FROM d.site
      AND c.rule NOT IN ('hreflang', 'image') AND c.rule NOT LIKE '%:furniture'
    UNION ALL
    SELECT d.doc_id, n.doc_id, n.site, 'alternate'
    FROM document d, unnest(d.alternates) AS t (x)
    JOIN named_address a ON a.value = x.url
    JOIN document n USING (url_key)
    WHERE n.doc_id <> d.doc_id
),
-- The one link to a site that a line names as the source is the address of that line; of several it is not known which.
line AS (
    SELECT s.doc_id, s.site
    FROM said s
    JOIN claim c ON c.doc_id = s.doc_id AND c.site = s.site AND c.kind = 'attribution'
    WHERE s.said = 'link' AND c.rule NOT LIKE '%:furniture'
    GROUP BY ALL
    HAVING count(DISTINCT s.named_id) = 1
),
ranked AS (
    SELECT s.doc_id, s.named_id,
           CASE WHEN s.said = 'link' AND line.site IS NOT NULL THEN 'attribution' ELSE s.said END AS how,
           list_position(['canonical', 'based-on', 'alternate', 'attribution', 'link'], how) AS place
    FROM said s
    LEFT JOIN line ON line.doc_id = s.doc_id AND line.site = s.site
),
named AS (
    SELECT doc_id, named_id, arg_min(how, place) AS said, min(place) AS place
    FROM ranked
    GROUP BY doc_id, named_id
),
site_size AS (
    SELECT site, count(*) AS n_pages FROM document GROUP BY site
),
-- What half the pages of a site name belongs to the site, not to the page.
counted AS (
    SELECT n.*, count(*) OVER (PARTITION BY d.site, n.named_id) AS n_naming, z.n_pages
    FROM named n
    JOIN document d USING (doc_id)
    LEFT JOIN site_size z USING (site)
),
told AS (
    SELECT doc_id, named_id, said, place, n_naming >= $least_naming AND n_naming * 2 > n_pages AS everywhere
    FROM counted
)
SELECT doc_id, named_id, said,
       CASE WHEN everywhere THEN 'half of the site names it'
            WHEN row_number() OVER (PARTITION BY doc_id, everywhere ORDER BY place, named_id) > $most
            THEN 'the page names more' END AS left_out
FROM told
ORDER BY doc_id, named_id
