UPDATE sagas
SET status = m.value ->> 'to_status', parked = m.value ->> 'parked', steps = m.value ->> 'steps',
    outcome = m.value ->> 'outcome', epoch = $2, updated_at = $3
FROM json_each($1) AS m
WHERE sagas.id = m.value ->> 'saga' AND sagas.status = m.value ->> 'from_status' AND sagas.epoch <= $2
RETURNING sagas.id
