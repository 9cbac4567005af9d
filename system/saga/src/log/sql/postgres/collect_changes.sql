-- Those of sagas that are gone.
DELETE FROM saga_changes
WHERE saga > $1::uuid AND saga <= $2::uuid AND NOT EXISTS (SELECT 1 FROM sagas AS s WHERE s.id = saga_changes.saga)
