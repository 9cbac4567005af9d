SELECT setval(pg_get_serial_sequence('articles', 'id'), $1)
WHERE coalesce(pg_sequence_last_value(pg_get_serial_sequence('articles', 'id')::regclass), 0) < $1
