-- Those of sagas that are gone.
DELETE FROM saga_parks
WHERE saga > $1::uuid AND saga <= $2::uuid AND NOT EXISTS (SELECT 1 FROM sagas AS s WHERE s.id = saga_parks.saga)
