-- Takes the locks of a batch of steps and a transaction id, and changes nothing. A server that only reads refuses it.
WITH recorded AS (INSERT INTO likes SELECT * FROM likes WHERE false),
     written AS (INSERT INTO barrier SELECT * FROM barrier WHERE false)
SELECT txid_current(), (SELECT count(*) FROM blocked_users WHERE false)
