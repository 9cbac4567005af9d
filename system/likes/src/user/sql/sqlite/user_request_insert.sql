INSERT INTO user_requests (user_id, request_key, fingerprint) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
