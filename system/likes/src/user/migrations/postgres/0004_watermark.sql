-- The retention watermark: no saga with a smaller id is open, and none will ever be. Requests for such a saga are stale, and its
-- rows in `barrier` may be deleted. The coordinator's leader publishes it, and it only rises.
-- shard: sagas have no other than 0 yet. epoch: of the leader that published it. The nil id: no watermark yet.
CREATE TABLE barrier_watermarks (
    shard SMALLINT PRIMARY KEY,
    below UUID     NOT NULL,
    epoch BIGINT   NOT NULL
);
INSERT INTO barrier_watermarks (shard, below, epoch) VALUES (0, '00000000-0000-0000-0000-000000000000', 0);
