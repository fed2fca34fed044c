-- What joins the pages of `member` (doc_id, copies_id, story_id): copies in one group, and across languages the pairs that
-- were judged the same, with the likeliest one of each two groups that were linked, whatever it was judged. A link goes by
-- the pages that stand for the groups where no pair of theirs was kept. Of copies similarity is what they share, as in
-- pairs_at.sql.
WITH pair AS (
    SELECT j.*, l.copies_id AS left_group, r.copies_id AS right_group, j.left_containment IS NULL AS across
    FROM judged_pair j
    JOIN member l ON l.doc_id = j.left_id
    JOIN member r ON r.doc_id = j.right_id AND r.story_id = l.story_id
),
linked AS (
    SELECT s.left_id, s.right_id, s.similarity, l.copies_id AS left_group, r.copies_id AS right_group
    FROM story_link s
    JOIN member l ON l.doc_id = s.left_id
    JOIN member r ON r.doc_id = s.right_id
),
likeliest AS (
    SELECT DISTINCT ON (k.left_id, k.right_id)
           coalesce(p.left_id, k.left_id) AS left_id, coalesce(p.right_id, k.right_id) AS right_id,
           coalesce(p.similarity, k.similarity) AS similarity
    FROM linked k
    LEFT JOIN pair p ON p.across AND (p.left_group, p.right_group) IN
        ((k.left_group, k.right_group), (k.right_group, k.left_group))
    ORDER BY k.left_id, k.right_id, p.similarity DESC NULLS LAST, p.left_id, p.right_id
)
SELECT left_id, right_id, false AS across,
       CASE WHEN relation = 'excerpt' THEN greatest(left_containment, right_containment)
            ELSE greatest(similarity, least(left_containment, right_containment)) END AS similarity
FROM pair
WHERE NOT across AND judgement = 'same' AND evidence->>'not_joined' IS NULL AND left_group = right_group
UNION ALL
SELECT left_id, right_id, true, similarity FROM pair WHERE across AND judgement = 'same'
UNION ALL
SELECT left_id, right_id, true, similarity FROM likeliest
ORDER BY ALL
