SELECT b.saga, b.step, b.state, b.result
FROM unnest($1::uuid[]) AS r (saga)
JOIN barrier AS b ON b.saga = r.saga
