-- Addresses that pages give: in marks and links, in lines that name a source, in their own lists of translations.
SELECT DISTINCT value
FROM claim
WHERE kind IN ('canonical', 'based-on', 'link') AND rule <> 'image' OR kind = 'attribution' AND value LIKE '%.%/%'
UNION
SELECT a.url
FROM document d, unnest(d.alternates) AS t (a)
ORDER BY ALL
