-- The highest id that was ever given out; 0 if there was no article yet.
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'articles'
