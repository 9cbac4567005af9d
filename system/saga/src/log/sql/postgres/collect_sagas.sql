-- Nothing here proves an epoch, and no row of another table is locked: what is below has been raised under an epoch, and never goes
-- back. A saga without an end stays, whatever the watermark says.
-- The end is looked for in a subquery that is no join: a plan that is made while the tables are empty would otherwise compare each
-- saga with every end.
DELETE FROM sagas
WHERE id > $1::uuid AND id <= $2::uuid
  AND id < (SELECT below FROM retention WHERE shard = 0)
  AND (request_key IS NULL OR id < (SELECT keys_below FROM retention WHERE shard = 0))
  AND (SELECT bool_or(c.to_status IN (1, 3)) FROM saga_changes AS c WHERE c.saga = sagas.id)
