-- Pairs that are no longer candidates, since one of the two no longer stands for its text or their buckets have grown.
DELETE FROM judged_pair WHERE (left_id, right_id) NOT IN (SELECT (left_id, right_id) FROM candidate_pair);

-- What was said of digests is said anew: a pair has a relation where its two texts are the same.
UPDATE judged_pair SET judgement = 'same' WHERE relation IS NOT NULL AND judgement <> 'same'
