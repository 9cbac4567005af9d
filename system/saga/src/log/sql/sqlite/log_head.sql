-- The newest sagas, without what cannot be an identity: one of them may be damaged. And whether operators have ever ordered anything.
SELECT id, EXISTS (SELECT 1 FROM saga_audit)
FROM (SELECT id FROM sagas WHERE id < 'g' ORDER BY id DESC LIMIT 16)
UNION ALL
SELECT NULL, EXISTS (SELECT 1 FROM saga_audit)
