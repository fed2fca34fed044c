-- What was made of a document stays while the document is as it was then. Marks of digests are set anew in each run:
-- only articles, which have a key, can have been marked.
UPDATE story_text SET kind = 'article' WHERE kind = 'digest' AND text_key IS NOT NULL;

DELETE FROM story_text
WHERE NOT EXISTS (
    FROM document d
    WHERE d.doc_id = story_text.doc_id AND d.kind IS NOT DISTINCT FROM story_text.kind
      AND d.site IS NOT DISTINCT FROM story_text.site
);

DELETE FROM claim WHERE doc_id NOT IN (SELECT doc_id FROM document);

-- Comparisons across languages, which know no containment, weigh all pages of the store; the others only the two texts.
DELETE FROM judged_pair WHERE relation = 'exact' OR left_containment IS NULL
