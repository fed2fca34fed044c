-- How each dropped document stands to its survivor. Texts in the same words have the pairs of any one of them.
WITH asked AS (
    SELECT c.doc_id, c.survivor_id, own.text_key, kept.text_key AS kept_key
    FROM chosen c
    JOIN story_text own ON own.doc_id = c.doc_id
    JOIN story_text kept ON kept.doc_id = c.survivor_id
),
judged AS (
    SELECT l.text_key AS left_key, r.text_key AS right_key, j.judgement, j.relation, j.similarity,
           j.left_containment, j.right_containment
    FROM judged_pair j
    JOIN story_text l ON l.doc_id = j.left_id
    JOIN story_text r ON r.doc_id = j.right_id
),
found AS (
    SELECT a.doc_id, j.judgement, j.relation, j.similarity, j.left_containment AS containment,
           j.right_containment AS survivor_containment
    FROM asked a
    JOIN judged j ON j.left_key = a.text_key AND j.right_key = a.kept_key
    UNION ALL
    SELECT a.doc_id, j.judgement, j.relation, j.similarity, j.right_containment, j.left_containment
    FROM asked a
    JOIN judged j ON j.right_key = a.text_key AND j.left_key = a.kept_key
),
best AS (
    SELECT * FROM found
    QUALIFY row_number() OVER (
        PARTITION BY doc_id
        ORDER BY judgement = 'same' DESC, similarity DESC NULLS LAST, containment DESC NULLS LAST,
                 survivor_containment DESC NULLS LAST, relation
    ) = 1
)
SELECT a.doc_id,
       CASE
           WHEN a.text_key = a.kept_key THEN 'exact'
           WHEN b.judgement = 'same' THEN b.relation
           ELSE 'story'
       END AS relation,
       CASE WHEN a.text_key = a.kept_key THEN 1.0 ELSE b.similarity END AS similarity, b.containment,
       b.survivor_containment, coalesce(g.group_id = k.group_id, false) AS same_group
FROM asked a
LEFT JOIN best b USING (doc_id)
LEFT JOIN copy_group g ON g.doc_id = a.doc_id
LEFT JOIN copy_group k ON k.doc_id = a.survivor_id
ORDER BY a.doc_id
