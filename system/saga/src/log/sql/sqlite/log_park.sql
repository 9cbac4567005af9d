-- Touches no other column: those that hold documents may be unreadable.
UPDATE sagas SET parked = 1, updated_at = $2
WHERE id = $1 AND status IN (0, 2) AND parked = 0
