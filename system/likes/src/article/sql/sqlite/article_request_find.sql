SELECT fingerprint, article_id FROM article_requests WHERE request_key = $1
