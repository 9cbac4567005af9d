INSERT INTO article_requests (request_key, fingerprint) VALUES ($1, $2)
ON CONFLICT DO NOTHING
