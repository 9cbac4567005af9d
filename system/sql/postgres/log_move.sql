UPDATE sagas
SET status = m.to_status, parked = m.parked, steps = m.steps,
    outcome = m.outcome, epoch = $2, updated_at = $3
FROM jsonb_to_recordset($1::jsonb)
    AS m (saga uuid, from_status bigint, to_status bigint, parked bigint, steps text, outcome text)
WHERE sagas.id = m.saga AND sagas.status = m.from_status AND sagas.epoch <= $2
RETURNING sagas.id::text
