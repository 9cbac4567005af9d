//! The simulated disk, under real SQLite.

use std::{path::Path, thread};

use likewise_saga::store::{
    JournalMode, LockingMode, SqliteConnection, SqliteOptions, Synchronous,
};

use super::*;

const WAL: JournalMode = JournalMode::Wal;
const ROLLBACK: JournalMode = JournalMode::Delete;
const FULL: Synchronous = Synchronous::Full;
const FILE: &str = "counter.db";

fn connect_with(
    mount: &Mount,
    journal: JournalMode,
    synchronous: Synchronous,
) -> rusqlite::Result<SqliteConnection> {
    SqliteConnection::open(&SqliteOptions {
        vfs: Some(VFS_NAME),
        locking_mode: LockingMode::Exclusive,
        journal_mode: Some(journal),
        synchronous,
        ..SqliteOptions::new(Path::new(&mount.path(FILE)))
    })
}

fn connect(mount: &Mount) -> SqliteConnection {
    connect_with(mount, WAL, FULL).unwrap()
}

/// One transaction that adds one. After an error it is not acknowledged.
fn add(connection: &SqliteConnection) -> rusqlite::Result<()> {
    let add = "BEGIN IMMEDIATE; UPDATE counters SET value = value + 1; COMMIT";
    connection.driver().execute_batch(add)
}

fn value(connection: &SqliteConnection) -> i64 {
    let sound: String = select(connection, "PRAGMA integrity_check");
    assert_eq!(sound, "ok");
    select(connection, "SELECT value FROM counters")
}

fn select<T: rusqlite::types::FromSql>(connection: &SqliteConnection, statement: &str) -> T {
    let driver = connection.driver();
    driver.query_row(statement, [], |row| row.get(0)).unwrap()
}

/// A database with one counter, synced and closed.
fn migrated() -> Image {
    let disk = Disk::new();
    let connection = connect(&disk.remount(Keep::Written));
    let schema = "CREATE TABLE counters (value INTEGER); INSERT INTO counters VALUES (0)";
    connection.driver().execute_batch(schema).unwrap();
    drop(connection);
    disk.snapshot()
}

/// Adds one `count` times, crashes without closing, and counts what is left.
fn value_after_crash(
    keep: Keep,
    journal: JournalMode,
    synchronous: Synchronous,
    count: i64,
) -> i64 {
    let disk = Disk::from_image(&migrated());
    let mount = disk.remount(Keep::Written);
    let connection = connect_with(&mount, journal, synchronous).unwrap();
    (0..count).for_each(|_| add(&connection).unwrap());
    assert_eq!(value(&connection), count);
    let mount = disk.remount(keep);
    drop(connection);
    value(&connect(&mount))
}

#[test]
fn a_process_crash_keeps_every_commit() {
    for synchronous in [FULL, Synchronous::Normal, Synchronous::Off] {
        assert_eq!(value_after_crash(Keep::Written, WAL, synchronous, 50), 50);
    }
}

/// 3,000 commits pass several checkpoints of the write-ahead log.
#[test]
fn a_power_loss_keeps_every_synced_commit() {
    assert_eq!(value_after_crash(Keep::Synced, WAL, FULL, 3_000), 3_000);
    assert_eq!(value_after_crash(Keep::Synced, ROLLBACK, FULL, 300), 300);
}

#[test]
fn a_power_loss_takes_acknowledged_commits_that_were_not_synced() {
    let normal = Synchronous::Normal;
    assert!(value_after_crash(Keep::Synced, WAL, normal, 50) < 50);
    let off = Synchronous::Off;
    assert_eq!(value_after_crash(Keep::Synced, WAL, off, 50), 0);
}

#[test]
fn unsynced_data_survives_a_process_crash_and_is_lost_in_the_next_power_loss() {
    let disk = Disk::from_image(&migrated());
    let mount = disk.remount(Keep::Written);
    let connection = connect_with(&mount, WAL, Synchronous::Off).unwrap();
    add(&connection).unwrap();
    disk.remount(Keep::Written);
    assert_eq!(value(&connect(&disk.remount(Keep::Synced))), 0);
}

/// A cache of ten pages spills the transaction into the files before its end.
#[test]
fn a_crash_in_a_transaction_rolls_spilled_pages_back() {
    const SPILL: &str = "PRAGMA cache_size = 10; BEGIN; UPDATE counters SET value = 9;
        CREATE TABLE filler AS WITH RECURSIVE numbers (n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
            SELECT zeroblob(3000) FROM numbers";
    for (journal, keep) in [WAL, ROLLBACK]
        .into_iter()
        .flat_map(|journal| [(journal, Keep::Written), (journal, Keep::Synced)])
    {
        let disk = Disk::from_image(&migrated());
        let connection = connect_with(&disk.remount(Keep::Written), journal, FULL).unwrap();
        let writes = disk.writes();
        connection.driver().execute_batch(SPILL).unwrap();
        assert!(disk.writes() > writes + 400);
        assert_eq!(value(&connect(&disk.remount(keep))), 0);
    }
}

#[test]
fn handles_and_names_of_an_earlier_mount_fail() {
    let disk = Disk::from_image(&migrated());
    let old = disk.remount(Keep::Written);
    let connection = connect(&old);
    add(&connection).unwrap();
    let new = disk.remount(Keep::Synced);
    let (writes, syncs) = (disk.writes(), disk.syncs());
    let error = add(&connection).unwrap_err().to_string();
    assert!(error.contains("disk I/O error"), "{error}");
    assert!(connect_with(&old, WAL, FULL).is_err());
    assert_eq!((disk.writes(), disk.syncs()), (writes, syncs));
    assert_eq!(value(&connect(&new)), 1);
}

/// The close of an earlier mount's connection would fold its log into the file and delete it.
#[test]
fn a_late_close_changes_nothing_of_the_next_mount() {
    let disk = Disk::from_image(&migrated());
    for round in 0..100 {
        let connection = connect(&disk.remount(Keep::Written));
        add(&connection).unwrap();
        let old = lock(&disk.0.state).files.clone();
        let mount = disk.remount(Keep::Synced);
        let late = connection;
        let connection = connect(&mount);
        add(&connection).unwrap();
        drop(late);
        assert!(old.values().all(|file| Arc::strong_count(file) == 1));
        let log = format!("{FILE}-wal");
        assert!(lock(&disk.0.state).files[&log].len().unwrap() > 0);
        assert_eq!(value(&connection), 2 * round + 2);
        drop(connection);
    }
}

#[test]
fn an_image_starts_equal_disks_that_are_independent() {
    let image = migrated();
    let (one, two) = (Disk::from_image(&image), Disk::from_image(&image));
    let connection = connect(&one.remount(Keep::Synced));
    (0..2_000).for_each(|_| add(&connection).unwrap());
    drop(connection);
    assert_eq!(value(&connect(&two.remount(Keep::Synced))), 0);
    let copy = Disk::from_image(&one.snapshot());
    assert_eq!(value(&connect(&copy.remount(Keep::Synced))), 2_000);
    let untouched = Disk::from_image(&image);
    assert_eq!(value(&connect(&untouched.remount(Keep::Synced))), 0);
}

#[test]
fn parallel_disks_do_not_affect_each_other() {
    let image = migrated();
    let run_once = |count: i64| {
        let disk = Disk::from_image(&image);
        let connection = connect(&disk.remount(Keep::Written));
        (0..count).for_each(|_| add(&connection).unwrap());
        let counters = (disk.writes(), disk.syncs());
        assert_eq!(value(&connect(&disk.remount(Keep::Synced))), count);
        counters
    };
    let runs = || (0..100).map(|run| run_once(run % 7)).collect::<Vec<_>>();
    thread::scope(|scope| {
        let other = scope.spawn(runs);
        assert_eq!(runs(), other.join().unwrap());
    });
}

#[test]
fn a_dropped_disk_frees_its_files_under_an_open_connection() {
    let disk = Disk::from_image(&migrated());
    let connection = connect(&disk.remount(Keep::Written));
    let files = lock(&disk.0.state).files.clone();
    let id = disk.0.id;
    drop(disk);
    let freed = |file: &Arc<File>| lock(&file.contents).contents.len() == 0;
    assert!(files.values().all(freed));
    assert!(!lock(&DISKS).contains_key(&id));
    assert!(add(&connection).is_err());
}

#[test]
fn the_time_of_sql_is_a_constant() {
    let connection = connect(&Disk::from_image(&migrated()).remount(Keep::Written));
    let now: String = select(&connection, "SELECT datetime('now')");
    assert_eq!(now, "1970-01-01 00:00:00");
}

#[test]
fn a_full_or_broken_disk_refuses_commits_and_keeps_those_before() {
    for trouble in [Trouble::Full, Trouble::Broken] {
        let disk = Disk::from_image(&migrated());
        let connection = connect(&disk.remount(Keep::Written));
        add(&connection).unwrap();
        disk.trouble(Some(trouble));
        assert!(add(&connection).is_err(), "{trouble:?}");
        disk.trouble(None);
        add(&connection).unwrap();
        let left = disk.remount(Keep::Synced);
        assert_eq!(value(&connect(&left)), 2, "{trouble:?}");
    }
}
