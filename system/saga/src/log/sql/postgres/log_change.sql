INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
SELECT c.saga, $7, txid_current(), $8, 0, c.from_status, c.to_status, c.parked, c.steps, c.outcome
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS c (saga, from_status, to_status, parked, steps, outcome)
ORDER BY c.saga
ON CONFLICT DO NOTHING
RETURNING saga, from_status::bigint
