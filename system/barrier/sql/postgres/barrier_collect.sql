-- By a range of ids, in the order of the index: two processes that collect at once cannot deadlock, and a batch passes none of
-- the dead entries that the batches before it left.
DELETE FROM barrier WHERE saga >= $1::uuid AND saga < $2::uuid
