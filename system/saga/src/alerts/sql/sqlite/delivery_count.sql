-- 0 if there is none.
SELECT count(*), coalesce(min(a.created_at), 0)
FROM alert_deliveries AS d
JOIN alerts AS a ON a.id = d.alert
WHERE d.state = 0
