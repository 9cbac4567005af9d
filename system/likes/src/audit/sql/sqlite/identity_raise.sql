UPDATE sqlite_sequence SET seq = $1 WHERE name = 'articles' AND seq < $1
