-- A page that is alone in its story and has no unseen source is no story.
DELETE FROM story_document
WHERE story_id IN (SELECT story_id FROM story_document GROUP BY story_id HAVING count(*) = 1)
  AND doc_id NOT IN (SELECT doc_id FROM provenance_edge WHERE parent_id IS NOT NULL OR parent_site IS NOT NULL);

DELETE FROM provenance_edge WHERE doc_id NOT IN (SELECT doc_id FROM story_document);
