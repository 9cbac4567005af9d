-- A time that no pause explains comes from a clock that was set back. $2 is the longest pause after one failure, $3 that after many:
-- 13 is the last number of failures after which a pause is doubled as a whole.
SELECT a.id, a.saga, a.kind, a.saga_kind, a.subject, a.status, a.reason, a.parked_at, a.created_at,
       d.state, d.attempts, d.next_attempt_at, d.last_status, d.last_error, d.delivered_at, d.resends
FROM alert_deliveries AS d
JOIN alerts AS a ON a.id = d.alert
WHERE d.state = 0 AND (
    d.next_attempt_at <= $1 OR d.attempts = 0
    OR d.next_attempt_at - $1 > CASE WHEN d.attempts > 13 THEN $3::bigint ELSE $2::bigint * (1::bigint << (d.attempts - 1)::int) END
)
ORDER BY d.next_attempt_at, d.alert LIMIT $4
