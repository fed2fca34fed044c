-- Stories that pass all the filters that are given; a filter that is NULL passes everything.
SELECT s.*, o.title, o.url AS shown_url
FROM stories s
LEFT JOIN LATERAL (
    SELECT d.title, d.url
    FROM story_members m
    JOIN documents d USING (url)
    WHERE m.story_id = s.story_id
    ORDER BY (d.url = s.origin_url) DESC NULLS LAST, coalesce(d.published_at, d.first_crawled_at), d.url
    LIMIT 1
) o ON true
WHERE ($words IS NULL OR EXISTS (
        SELECT 1 FROM story_members m JOIN documents d USING (url)
        WHERE m.story_id = s.story_id
          AND len(list_filter(string_split($words, ' '), lambda w: NOT contains(lower(concat_ws(' ', d.title, d.text)), w))) = 0))
  AND ($language IS NULL OR list_contains(s.languages, $language))
  AND ($site IS NULL OR EXISTS (
        SELECT 1 FROM story_members m JOIN documents d USING (url) WHERE m.story_id = s.story_id AND d.site = $site))
  AND ($since IS NULL OR s.first_published_at >= CAST($since AS TIMESTAMPTZ))
  AND ($until IS NULL OR s.first_published_at < CAST($until AS TIMESTAMPTZ))
  -- Pages of files have no site; a story of theirs counts as one.
  AND greatest(s.n_sites, 1) >= $min_sites
  AND (NOT $crosses_languages OR len(s.languages) > 1)
  AND ($unseen_source IS NULL OR EXISTS (
        SELECT 1 FROM provenance p
        WHERE p.story_id = s.story_id AND p.parent_url IS NULL AND p.parent_site = $unseen_source))
