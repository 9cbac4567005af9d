DELETE FROM likes
WHERE record_id IN (SELECT l.value ->> 'record_id' FROM json_each($1) AS l)
