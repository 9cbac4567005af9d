-- $2 is an empty text for the entries of all sagas.
SELECT number, at, epoch, actor, action, scope, target, reason, batch, state_before, state_after, truth
FROM saga_audit
WHERE number < $1 AND ($2 = '' OR (scope = 'saga' AND target = $2))
ORDER BY number DESC LIMIT $3
