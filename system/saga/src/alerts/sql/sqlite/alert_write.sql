-- Reads no column that holds a document: it may be unreadable. A saga is parked once and ends once, so there is one alert of each kind.
INSERT INTO alerts (id, saga, kind, saga_kind, subject, status, reason, parked_at, created_at, epoch, shard)
SELECT $1, id, $3, CAST(kind AS TEXT), CAST(subject AS TEXT), status, $4,
       coalesce((SELECT min(p.parked_at) FROM saga_parks AS p WHERE p.saga = saga_states.id), $5), $5, $6, 0
FROM saga_states WHERE id = $2
ON CONFLICT DO NOTHING
RETURNING id
