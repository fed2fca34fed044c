-- Candidate pairs that were not compared yet.
SELECT left_id, right_id, template FROM candidate_pair ANTI JOIN judged_pair USING (left_id, right_id) ORDER BY ALL
