-- Compared pairs, each judged anew by whether it reaches $least, and the text it shares as `similarity`: for pairs in the same
-- words the share that stands in both (the Jaccard of shingles where that is more), for excerpts the larger containment,
-- for translations (which have no containment) the probability. Two pages that share their site's template share its
-- passages in any case: of them only the Jaccard counts, as in a run.
WITH weighed AS (
    SELECT left_id, right_id, relation, left_containment, right_containment, similarity AS jaccard,
           left_containment IS NULL AS across,
           CASE WHEN left_containment IS NULL OR coalesce(template, false) THEN similarity
                WHEN relation = 'excerpt' THEN greatest(left_containment, right_containment)
                ELSE greatest(similarity, least(left_containment, right_containment)) END AS shared,
           evidence
    FROM judged_pair
    LEFT JOIN candidate_pair USING (left_id, right_id)
)
SELECT left_id, right_id, CASE WHEN shared >= $least THEN 'same' ELSE 'different' END AS judgement,
       CASE WHEN shared < $least THEN NULL WHEN across THEN 'translation' ELSE coalesce(relation, 'near-duplicate') END AS relation,
       jaccard AS similarity, left_containment, right_containment, shared, across,
       CASE WHEN shared >= $least AND NOT across
            THEN coalesce(CAST(json_extract(evidence, '$.passages') AS INTEGER[4][]), []) ELSE [] END AS passages
FROM weighed
ORDER BY left_id, right_id
