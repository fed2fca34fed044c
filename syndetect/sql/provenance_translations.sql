-- What the comparison across languages says of pairs of some pages.
SELECT j.left_id, j.right_id, j.evidence::VARCHAR AS evidence
FROM judged_pair j
JOIN page l ON l.doc_id = j.left_id
JOIN page r ON r.doc_id = j.right_id
WHERE j.relation = 'translation'
ORDER BY ALL
