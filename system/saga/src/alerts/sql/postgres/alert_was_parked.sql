-- Whether the saga was parked before, in any status.
SELECT saga FROM saga_parks WHERE saga = $1::uuid LIMIT 1
