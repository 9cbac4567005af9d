-- A transaction that is still open may write an end with an earlier position. So in the current epoch only those positions
-- are listed below which every transaction has ended. An earlier epoch gets no more ends: its takeover waited for them.
-- The index has no sagas: the ends of one transaction are read together, and sorted afterwards.
SELECT s.id, s.kind, s.args, s.subject, s.request_key, s.fingerprint, c.to_status::bigint AS status, c.parked::bigint AS parked, c.epoch,
       c.steps, c.outcome, s.created_at, c.changed_at AS updated_at, s.deadline_at, c.position
FROM (
    SELECT * FROM saga_changes
    WHERE to_status IN (1, 3) AND (epoch, position, saga) > ($1, $2, $3::uuid)
      AND (epoch < (SELECT h.epoch FROM shards AS h WHERE h.shard = 0)
           OR position < txid_snapshot_xmin(txid_current_snapshot()))
    ORDER BY epoch, position FETCH FIRST $4 ROWS WITH TIES
) AS c
JOIN sagas AS s ON s.id = c.saga
ORDER BY c.epoch, c.position, c.saga LIMIT $4
