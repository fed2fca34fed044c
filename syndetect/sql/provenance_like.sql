-- For some pages those judged to be the same as each, whatever their language: the likest first, so many of them.
SELECT child_id, page_id
FROM (
    SELECT left_id AS child_id, right_id AS page_id, similarity FROM judged_pair WHERE judgement = 'same'
    UNION ALL
    SELECT right_id, left_id, similarity FROM judged_pair WHERE judgement = 'same'
)
WHERE child_id IN (SELECT doc_id FROM page) AND page_id IN (SELECT doc_id FROM page)
QUALIFY row_number() OVER (PARTITION BY child_id ORDER BY similarity DESC NULLS LAST, page_id) <= $most
ORDER BY child_id, page_id
