-- Takes the locks of an append and a transaction id, and changes nothing. A server that only reads refuses it.
WITH started AS (INSERT INTO sagas SELECT * FROM sagas WHERE false),
     changed AS (INSERT INTO saga_changes SELECT * FROM saga_changes WHERE false)
SELECT txid_current(), (SELECT count(*) FROM (SELECT 1 FROM shards WHERE shard = 0 FOR SHARE) AS locked)
