-- Of the oldest alerts, those whose delivery is gone.
DELETE FROM alerts
WHERE id IN (SELECT id FROM alerts WHERE id < $1 ORDER BY id LIMIT $2)
  AND NOT EXISTS (SELECT 1 FROM alert_deliveries AS d WHERE d.alert = alerts.id)
