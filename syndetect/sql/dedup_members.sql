-- Documents of stories, with what the rules for survivors look at. `key`: one document is kept of each.
SELECT m.doc_id, m.story_id, d.url, d.site, coalesce(t.n_words, 0) AS n_words, p.published_from, p.published_at,
       p.published_to, d.url IS NOT DISTINCT FROM s.origin_url AS is_origin,
       CASE $per
           WHEN 'story' THEN m.story_id
           WHEN 'story-language' THEN m.story_id || ' ' || coalesce(d.language, '')
           ELSE m.story_id || ' ' || coalesce(c.group_id, m.doc_id)
       END AS key
FROM story_document m
JOIN document d USING (doc_id)
LEFT JOIN story_text t USING (doc_id)
LEFT JOIN publication p USING (doc_id)
LEFT JOIN copy_group c USING (doc_id)
LEFT JOIN stories s ON s.story_id = m.story_id
ORDER BY m.doc_id
