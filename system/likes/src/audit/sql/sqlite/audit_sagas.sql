SELECT id, kind, args, status FROM sagas WHERE id > $1 ORDER BY id LIMIT $2
