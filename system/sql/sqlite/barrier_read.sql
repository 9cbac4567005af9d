SELECT b.saga, b.step, b.state, b.fingerprint, b.result
FROM json_each($1) AS r
JOIN barrier AS b ON b.saga = r.value ->> 'saga' AND b.step = r.value ->> 'step'
