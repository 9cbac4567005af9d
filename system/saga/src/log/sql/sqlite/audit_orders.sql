-- The orders that outlive their leader, in their order. Of sagas below the watermark none is open.
SELECT action, scope, target FROM saga_audit
WHERE action IN ('abort', 'force_complete', 'pause', 'resume')
  AND (scope <> 'saga' OR target >= coalesce((SELECT watermark FROM shards WHERE shard = 0), ''))
ORDER BY number
