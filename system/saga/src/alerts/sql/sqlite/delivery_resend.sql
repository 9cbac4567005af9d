UPDATE alert_deliveries
SET state = 0, attempts = 0, next_attempt_at = $2, delivered_at = 0, resends = resends + 1, epoch = $3
WHERE alert = $1 AND state <> 0
