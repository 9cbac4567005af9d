-- A transaction that is still open may write an end with an earlier position. So in the current epoch only those positions
-- are listed below which every transaction has ended. An earlier epoch gets no more ends: its takeover waited for them.
SELECT id, kind, args, subject, request_key, fingerprint, status, parked, epoch,
       steps, outcome, created_at, updated_at, deadline_at, position
FROM sagas
WHERE status IN (1, 3) AND (epoch, position, id) > ($1, $2, $3::uuid)
  AND (epoch < (SELECT s.epoch FROM shards AS s WHERE s.shard = 0)
       OR position < txid_snapshot_xmin(txid_current_snapshot()))
ORDER BY epoch, position, id LIMIT $4
