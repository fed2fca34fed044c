-- Pairs that are no longer candidates, since one of the two no longer stands for its text or their buckets have grown.
DELETE FROM judged_pair WHERE (left_id, right_id) NOT IN (SELECT (left_id, right_id) FROM candidate_pair)
