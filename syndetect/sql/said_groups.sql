-- The groups of pages as people's words make them. Reads member (doc_id, copies_id, story_id) as found, said_group as said.
INSERT INTO overruled_group BY NAME
SELECT m.doc_id, m.copies_id, m.story_id
FROM member m
JOIN said_group s USING (doc_id)
WHERE (m.copies_id, m.story_id) <> (s.copies_id, s.story_id)
ORDER BY m.doc_id;

UPDATE copy_group SET group_id = s.copies_id FROM said_group s SEMI JOIN overruled_group USING (doc_id)
WHERE s.doc_id = copy_group.doc_id;

UPDATE story_group SET group_id = s.story_id FROM said_group s SEMI JOIN overruled_group USING (doc_id)
WHERE s.doc_id = story_group.doc_id
