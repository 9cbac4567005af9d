-- An append of one change. The proof of the epoch is in the predicate, with its shared lock.
INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
SELECT $1::uuid, $7, txid_current(), $8, 0, $2, $3, $4, $5, $6
FROM shards WHERE shard = 0 AND shards.epoch = $7 FOR SHARE
RETURNING epoch
