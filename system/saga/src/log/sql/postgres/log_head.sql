-- The newest saga, and whether operators have ever ordered anything.
SELECT (SELECT id::text FROM sagas ORDER BY id DESC LIMIT 1), EXISTS (SELECT 1 FROM saga_audit)::int::bigint
