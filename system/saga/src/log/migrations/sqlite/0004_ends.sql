-- The order in which sagas ended, for a reader that follows the log. The position is the number of the transaction that
-- wrote the row. Sagas that ended before this migration have 0.
ALTER TABLE sagas ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sagas_ended ON sagas (epoch, position, id) WHERE status IN (1, 3);
