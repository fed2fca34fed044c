-- Give the names of stories their hosts; `shared`: story_id, value, site.
UPDATE claim
SET site = shared.site, rule = claim.rule || $mark
FROM shared
JOIN story_document s USING (story_id)
WHERE claim.doc_id = s.doc_id AND claim.kind = 'attribution' AND claim.site IS NULL AND claim.value = shared.value
    AND claim.rule NOT LIKE '%:generic' AND claim.rule NOT LIKE '%:furniture'
