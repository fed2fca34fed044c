-- Pairs and groups as they were found, without what people said of them.
DELETE FROM judged_pair WHERE (left_id, right_id) IN (SELECT (left_id, right_id) FROM overruled_pair);

INSERT INTO judged_pair SELECT * FROM overruled_pair WHERE judgement IS NOT NULL;

UPDATE copy_group SET group_id = o.copies_id FROM overruled_group o WHERE o.doc_id = copy_group.doc_id;

UPDATE story_group SET group_id = o.story_id FROM overruled_group o WHERE o.doc_id = story_group.doc_id;

DELETE FROM overruled_pair;

DELETE FROM overruled_group;

DELETE FROM said_page;

DELETE FROM said_parent
