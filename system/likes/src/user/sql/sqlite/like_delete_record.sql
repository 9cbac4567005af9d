WITH l (record_id, user_id, article_id, created_at) AS (VALUES $rows)
DELETE FROM likes
WHERE record_id IN (SELECT l.record_id FROM l)
