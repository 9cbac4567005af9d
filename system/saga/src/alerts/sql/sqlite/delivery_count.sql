SELECT count(*) FROM alert_deliveries WHERE state = 0
