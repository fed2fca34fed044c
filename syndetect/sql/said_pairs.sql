-- Pairs as people judged them. Reads said_pair (left_id, right_id, word, words, left_language, right_language), new_pair
-- (schema.JUDGED_PAIR of those that no run compared), and said_group (doc_id, copies_id, story_id): where a word has kept
-- pages apart that are the same text, their pair says why it does not join them.
CREATE OR REPLACE TEMP TABLE changing AS
SELECT j.*, s.word, s.words,
       s.left_language IS DISTINCT FROM s.right_language AND s.left_language IS NOT NULL AND s.right_language IS NOT NULL AS across
FROM (SELECT * FROM judged_pair UNION ALL SELECT * FROM new_pair) j
JOIN said_pair s USING (left_id, right_id)
UNION ALL
SELECT j.*, 'kept apart', NULL, NULL
FROM judged_pair j
JOIN said_group l ON l.doc_id = j.left_id
JOIN said_group r ON r.doc_id = j.right_id
WHERE j.judgement = 'same' AND l.story_id <> r.story_id AND j.evidence->>'not_joined' IS NULL
  AND (j.left_id, j.right_id) NOT IN (SELECT (left_id, right_id) FROM said_pair);

INSERT INTO overruled_pair
SELECT c.left_id, c.right_id, j.judgement, j.relation, j.similarity, j.left_containment, j.right_containment, j.evidence
FROM changing c
LEFT JOIN judged_pair j USING (left_id, right_id)
ORDER BY c.left_id, c.right_id;

DELETE FROM judged_pair WHERE (left_id, right_id) IN (SELECT (left_id, right_id) FROM changing);

INSERT INTO judged_pair BY NAME
SELECT left_id, right_id, CASE word WHEN 'different' THEN 'different' ELSE 'same' END AS judgement,
       CASE WHEN word = 'different' THEN NULL
            WHEN relation IS NOT NULL OR word = 'kept apart' THEN relation
            WHEN across THEN 'translation'
            WHEN least(left_containment, right_containment) >= $whole THEN 'near-duplicate'
            WHEN judgement = 'unsure' THEN 'excerpt' END AS relation,
       similarity, left_containment, right_containment,
       json_merge_patch(coalesce(evidence, '{}'), CASE WHEN word = 'kept apart'
           THEN json_object('not_joined', $kept_apart) ELSE json_object('person', words, 'not_joined', NULL) END) AS evidence
FROM changing
ORDER BY left_id, right_id;

DROP TABLE changing
