-- The row exists only once an article was created.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'articles', 0
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'articles')
