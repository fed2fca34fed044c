-- What was made of a document stays while the document is as it was then. Marks of digests are set anew in each run.
UPDATE story_text SET kind = d.kind FROM document d WHERE d.doc_id = story_text.doc_id AND story_text.kind = 'digest';

DELETE FROM story_text
WHERE NOT EXISTS (
    FROM document d
    WHERE d.doc_id = story_text.doc_id AND d.kind IS NOT DISTINCT FROM story_text.kind
      AND d.site IS NOT DISTINCT FROM story_text.site
);

DELETE FROM claim WHERE doc_id NOT IN (SELECT doc_id FROM document);

-- Comparisons across languages, which know no containment, weigh all pages of the store; the others only the two texts.
DELETE FROM judged_pair
WHERE relation = 'exact' OR left_containment IS NULL OR left_id NOT IN (SELECT doc_id FROM story_text)
   OR right_id NOT IN (SELECT doc_id FROM story_text)
