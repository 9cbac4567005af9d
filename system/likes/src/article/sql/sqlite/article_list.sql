SELECT id, title, likes FROM articles WHERE id > $1 ORDER BY id LIMIT $2
