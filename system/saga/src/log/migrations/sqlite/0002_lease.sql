-- The lease: where the coordinator that holds the shard is reached (nothing: nobody holds it), and how often it
-- renewed. A shard is taken from its holder only after its epoch and its renewals stood still for a whole lease.
ALTER TABLE shards ADD COLUMN holder TEXT;
ALTER TABLE shards ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;
