INSERT INTO alert_deliveries (alert, state, attempts, next_attempt_at, last_status, last_error, delivered_at, resends, epoch)
VALUES ($1::uuid, 0, 0, $2, 0, NULL, 0, 0, $3)
