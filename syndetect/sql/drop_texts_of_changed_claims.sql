-- Credit lines are cut out of a text: where the claims of a page, `found` being those of now, are others than they were,
-- its text is cut anew.
WITH before AS (
    SELECT doc_id, sum(hash(c)) AS print FROM claim c WHERE kind <> 'published' GROUP BY doc_id
),
now AS (
    SELECT doc_id, sum(hash(c)) AS print FROM found c WHERE kind <> 'published' GROUP BY doc_id
)
DELETE FROM story_text
WHERE doc_id IN (
    SELECT doc_id FROM before FULL JOIN now USING (doc_id) WHERE before.print IS DISTINCT FROM now.print
)
