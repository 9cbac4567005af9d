-- Takes the locks of an append and a transaction id, and changes nothing. A server that only reads refuses it.
WITH started AS (INSERT INTO sagas SELECT * FROM sagas WHERE false)
SELECT txid_current()
