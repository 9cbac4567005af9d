-- What may be deleted from the log. The leader writes these tables under its epoch, a few times in each period; no append uses them.
-- clock: the microseconds for which some leader has held the log. It is no wall clock. ended: the number of sagas that have ended.
-- below: every saga with a smaller identity has ended, and may be deleted unless it has a request key. keys_below: with one as well.
-- ends: the ends of sagas up to this place, `epoch.position.saga`, may have been deleted.
CREATE TABLE retention (
    shard      INTEGER PRIMARY KEY,
    clock      INTEGER NOT NULL,
    ended      INTEGER NOT NULL,
    below      TEXT,
    keys_below TEXT,
    ends       TEXT
);
INSERT INTO retention (shard, clock, ended) VALUES (0, 0, 0);
-- A mark: at this clock, every saga with a smaller identity than `below` had ended. ends: the place of the last end.
CREATE TABLE retention_marks (
    shard INTEGER NOT NULL,
    clock INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    below TEXT    NOT NULL,
    ends  TEXT,
    PRIMARY KEY (shard, clock)
) WITHOUT ROWID;
