-- Of the oldest alerts. $3 = 1: those as well that are pending.
DELETE FROM alert_deliveries
WHERE alert IN (SELECT id FROM alerts WHERE id < $1 ORDER BY id LIMIT $2) AND (state <> 0 OR $3 = 1)
