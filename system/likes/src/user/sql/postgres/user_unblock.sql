DELETE FROM blocked_users WHERE user_id = $1
