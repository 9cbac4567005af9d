WITH r (saga, step) AS (VALUES $rows)
SELECT b.saga, b.step, b.state, b.fingerprint, b.result
FROM r
JOIN barrier AS b ON b.saga = r.saga AND b.step = r.step
