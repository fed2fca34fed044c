-- Postings for the comparison of pages across languages: for each page of anchor_page its rarest keys.
--
-- Counts go in half octaves, so that a few new pages do not move every weight. The weight of a key on a page is how
-- surprising it is in the page's language, shrunk towards how surprising it is at all: -ln((n_l + k * n / M) / (N_l + k)),
-- where M is all pages and $pages_before more, as if so many had been read before: in a small store nothing is common.
CREATE OR REPLACE TEMP TABLE anchor_key AS
WITH
here AS (
    SELECT DISTINCT a.doc_id, a.key, p.language
    FROM anchor AS a
    JOIN anchor_page AS p USING (doc_id)
),
by_language AS (
    SELECT key, language, count(*) AS n_documents FROM here GROUP BY key, language
)
-- One row a key and language that has it: in how many pages it stands, in this language and in all.
SELECT
    key, language, n_documents AS n_language,
    sum(n_documents) OVER (PARTITION BY key) AS n_documents,
    count(*) OVER (PARTITION BY key) AS n_languages
FROM by_language;

CREATE OR REPLACE TEMP TABLE anchor_posting AS
WITH
size AS (
    SELECT language, count(*) AS n_language, sum(count(*)) OVER () AS n_pages FROM anchor_page GROUP BY language
),
weighed AS (
    SELECT
        k.key, k.language, k.n_documents,
        -0.5 * ln(2) * round(2 * log2(
            (k.n_language + $shrink * k.n_documents / (s.n_pages + $pages_before)) / (s.n_language + $shrink)
        )) AS weight
    FROM anchor_key AS k
    JOIN size AS s ON s.language IS NOT DISTINCT FROM k.language
    WHERE k.n_languages >= 2 AND k.n_documents <= $max_documents
),
on_page AS (
    SELECT DISTINCT a.doc_id, a.key, p.language, p.published_from, p.published_to
    FROM anchor AS a
    JOIN anchor_page AS p USING (doc_id)
)
-- One row a page and a key that finds its candidates.
SELECT o.key, o.doc_id, o.language, o.published_from, o.published_to, w.weight
FROM on_page AS o
JOIN weighed AS w ON w.key = o.key AND w.language IS NOT DISTINCT FROM o.language
QUALIFY row_number() OVER (PARTITION BY o.doc_id ORDER BY w.weight DESC, o.key) <= $keys_a_page;
