INSERT INTO articles (title, created_at) VALUES ($1, $2) RETURNING id
