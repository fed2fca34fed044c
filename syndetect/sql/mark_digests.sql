-- What a pair is within its group: pairs of digests and their items are different texts. Digests are no articles.
UPDATE judged_pair SET judgement = changed.judgement, relation = changed.relation, evidence = changed.evidence
FROM changed
WHERE judged_pair.left_id = changed.left_id AND judged_pair.right_id = changed.right_id;

UPDATE story_text SET kind = 'digest' WHERE doc_id IN (SELECT doc_id FROM digest)
