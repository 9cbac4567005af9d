DELETE FROM likes
USING jsonb_to_recordset($1::jsonb) AS l (record_id uuid)
WHERE likes.record_id = l.record_id
