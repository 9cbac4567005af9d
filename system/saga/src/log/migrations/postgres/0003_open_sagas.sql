-- The open sagas and those that failed are few: an index of them alone costs a saga that goes well one entry at its
-- start and none at its end. All others are listed by their identities.
DROP INDEX sagas_status;
CREATE INDEX sagas_open ON sagas (id) WHERE status IN (0, 2);
CREATE INDEX sagas_compensated ON sagas (id) WHERE status = 3;
