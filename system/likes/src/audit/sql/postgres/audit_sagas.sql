SELECT id, kind, args, status FROM sagas WHERE id > $1::uuid ORDER BY id LIMIT $2
