-- The language most pages of a site are in.
SELECT site, first(language ORDER BY n DESC, language) AS host_language
FROM (SELECT d.site, d.language, count(*) AS n FROM document d JOIN asked USING (site) WHERE d.language IS NOT NULL GROUP BY ALL)
GROUP BY site
ORDER BY site
