-- The caller has proven the epoch, and keeps every other writer of this table away until its commit.
INSERT INTO saga_audit (number, shard, epoch, at, actor, action, scope, target, reason, batch, state_before, state_after, truth, id)
SELECT coalesce(max(number), 0) + 1, 0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM saga_audit
HAVING NOT EXISTS (SELECT 1 FROM saga_audit WHERE id = $12)
RETURNING number
