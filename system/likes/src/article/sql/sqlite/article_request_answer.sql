UPDATE article_requests SET article_id = $2 WHERE request_key = $1
