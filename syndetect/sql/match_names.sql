-- The hosts that sources a page names, `named` (kind, value, site), stand for: those that pages of the store with the same
-- words were tied to, mostly; else the host that the words hold themselves.
WITH tied AS (
    SELECT value, site, count(*) AS n
    FROM claim
    SEMI JOIN named USING (value)
    WHERE site IS NOT NULL
    GROUP BY ALL
),
resolved AS (
    SELECT n.kind, n.value, coalesce(first(t.site ORDER BY t.n DESC, t.site), any_value(n.site)) AS site
    FROM named n
    LEFT JOIN tied t USING (value)
    GROUP BY n.kind, n.value
)
SELECT r.kind, r.value, r.site, r.site IN (SELECT d.site FROM document d SEMI JOIN resolved ON d.site = resolved.site) AS in_store
FROM resolved r
WHERE r.site IS NOT NULL
ORDER BY ALL
