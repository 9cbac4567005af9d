-- The highest id that was ever given out; 0 if there was no article yet.
SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('articles', 'id')::regclass), 0)
