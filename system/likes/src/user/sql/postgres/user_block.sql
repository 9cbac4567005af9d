INSERT INTO blocked_users (user_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING
