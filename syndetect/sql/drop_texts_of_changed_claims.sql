-- Credit lines are cut out of a text: where those of a page stand elsewhere than they did, `found` being the claims of
-- now, its text is cut anew. Which host a name stands for does not matter, nor whether other pages of the site say the
-- same: it changes with other pages.
WITH before AS (
    SELECT doc_id, sum(hash(kind, span_start, span_end, regexp_replace(rule, ':(furniture|story)$', ''))) AS print
    FROM claim
    WHERE span_start IS NOT NULL AND kind IN ('attribution', 'translation-note', 'agency')
    GROUP BY doc_id
),
now AS (
    SELECT doc_id, sum(hash(kind, span_start, span_end, regexp_replace(rule, ':(furniture|story)$', ''))) AS print
    FROM found
    WHERE span_start IS NOT NULL AND kind IN ('attribution', 'translation-note', 'agency')
    GROUP BY doc_id
)
DELETE FROM story_text
WHERE doc_id IN (
    SELECT doc_id FROM before FULL JOIN now USING (doc_id) WHERE before.print IS DISTINCT FROM now.print
)
