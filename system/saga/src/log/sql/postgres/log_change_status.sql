UPDATE sagas
SET status = m.to_status, parked = m.parked, steps = m.steps,
    outcome = m.outcome, epoch = $7, updated_at = $8, position = txid_current()
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    AS m (saga, from_status, to_status, parked, steps, outcome)
WHERE sagas.id = m.saga AND sagas.status = m.from_status AND sagas.epoch <= $7
RETURNING sagas.id
