-- The open transactions that may change barrier rows. A statement takes this lock on the table before its snapshot, so a
-- transaction that takes it from now on sees every watermark that is committed now.
SELECT DISTINCT virtualtransaction
FROM pg_locks
WHERE locktype = 'relation' AND relation = 'barrier'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
