-- A compare-and-set: the attempt is counted once.
UPDATE alert_deliveries
SET attempts = $2 + 1, state = $3, next_attempt_at = $4, last_status = $5, last_error = $6, delivered_at = $7, epoch = $8
WHERE alert = $1 AND state = 0 AND attempts = $2
