-- An append of one start. The proof of the epoch is in the predicate, with its shared lock.
INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, epoch, shard, created_at, deadline_at)
SELECT $1::uuid, $2, $3, $4, $5, $6, $8, 0, $9, $7
FROM shards WHERE shard = 0 AND shards.epoch = $8 FOR SHARE
RETURNING epoch
