WITH r (saga) AS (VALUES $rows)
SELECT b.saga, b.step, b.state, b.result
FROM r
JOIN barrier AS b ON b.saga = r.saga
