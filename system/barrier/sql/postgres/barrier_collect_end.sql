-- The first saga that does not belong to a batch of $3 rows from $1 on; none if the rest below $2 is smaller.
SELECT saga FROM barrier WHERE saga >= $1::uuid AND saga < $2::uuid ORDER BY saga LIMIT 1 OFFSET $3
