SELECT fingerprint FROM user_requests WHERE user_id = $1 AND request_key = $2
