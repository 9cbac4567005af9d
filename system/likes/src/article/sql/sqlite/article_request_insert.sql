INSERT INTO article_requests (request_key, fingerprint)
SELECT $1, $2
WHERE NOT EXISTS (SELECT 1 FROM article_requests WHERE request_key = $3)
ON CONFLICT DO NOTHING
