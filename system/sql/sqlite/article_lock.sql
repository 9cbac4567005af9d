-- BEGIN IMMEDIATE holds the write lock: nothing changes until this transaction ends.
SELECT a.id, a.likes
FROM json_each($1) AS r
JOIN articles AS a ON a.id = r.value ->> 'id'
