-- Takes the locks of a batch of steps and a transaction id, and changes nothing. A server that only reads refuses it.
WITH changed AS (UPDATE articles SET likes = likes WHERE false),
     written AS (INSERT INTO barrier SELECT * FROM barrier WHERE false)
SELECT txid_current()
