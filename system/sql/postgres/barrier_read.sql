SELECT b.saga::text, b.step, b.state, b.fingerprint, b.result
FROM jsonb_to_recordset($1::jsonb) AS r (saga uuid, step bigint)
JOIN barrier AS b ON b.saga = r.saga AND b.step = r.step
