SELECT saga, step, state, kept
FROM barrier
WHERE (saga, step) > ($1, $2)
ORDER BY saga, step LIMIT $3
