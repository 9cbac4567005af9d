SELECT id, kind, args, status FROM saga_states WHERE id > $1 ORDER BY id LIMIT $2
