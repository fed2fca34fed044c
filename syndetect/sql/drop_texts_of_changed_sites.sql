-- Of sites that repeat other lines than they did, `found` being what they repeat now, the texts are cut anew.
DELETE FROM story_text
WHERE site IN (
    SELECT site FROM (SELECT site, line_key FROM site_line EXCEPT SELECT site, line_key FROM found)
    UNION ALL
    SELECT site FROM (SELECT site, line_key FROM found EXCEPT SELECT site, line_key FROM site_line)
)
