SELECT id, title, likes FROM articles WHERE id = $1
