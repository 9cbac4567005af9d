//! The log of a real file, with small limits.

use super::*;
use crate::store::sqlite::options::SqliteOptions;

const SMALL: Limits = Limits {
    rows: 1,
    small: MIB / 4,
    large: MIB,
    refused: 2 * MIB,
    wait: Duration::from_millis(1),
    pause: Duration::ZERO,
};

/// A file with a log, and the connection that writes it.
struct File {
    folder: PathBuf,
    writer: SqliteConnection,
    space: LogSpace,
}

impl File {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("likewise-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let writer = SqliteConnection::open(&SqliteOptions::new(&path)).unwrap();
        let create = "PRAGMA journal_mode = WAL; CREATE TABLE t (x)";
        writer.driver().execute_batch(create).unwrap();
        let mut space = LogSpace::of(&path);
        space.limits = SMALL;
        space.free_bytes = |_| Some(u64::MAX);
        Self {
            folder,
            writer,
            space,
        }
    }

    /// Writes 64 KiB. Returns the size of the log.
    fn write(&mut self) -> Result<u64, StoreError> {
        self.space.run(&mut self.writer, |writer| {
            let insert = "INSERT INTO t VALUES (zeroblob(65536))";
            Ok(writer.execute_cached(insert)?)
        })?;
        self.space.measure();
        Ok(self.space.bytes)
    }

    /// Another program that keeps a transaction open.
    fn reader(&self) -> rusqlite::Connection {
        let reader = rusqlite::Connection::open(self.folder.join("a.db")).unwrap();
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM t")
            .unwrap();
        reader
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_log_that_is_too_large_is_cut_off() {
    let mut file = File::new("large");
    let sizes: Vec<u64> = (0..100).map(|_| file.write().unwrap()).collect();
    assert!(sizes.iter().all(|bytes| *bytes < SMALL.large), "{sizes:?}");
    assert!(sizes.contains(&0));
}

#[test]
fn on_a_crowded_volume_the_log_is_cut_off_earlier() {
    let mut file = File::new("crowded");
    file.space.free_bytes = |_| Some(SPARE_BYTES);
    let sizes: Vec<u64> = (0..100).map(|_| file.write().unwrap()).collect();
    assert!(sizes.iter().all(|bytes| *bytes < SMALL.small), "{sizes:?}");
}

/// The log cannot be cut off while somebody reads from it. It must not fill the volume either.
#[test]
fn beside_a_reader_that_does_not_end_writes_are_refused_in_time_and_go_on_after_it() {
    let mut file = File::new("reader");
    file.write().unwrap();
    let reader = file.reader();
    let refused = (0..100).find_map(|_| file.write().err());
    let refused = refused.expect("a refusal");
    assert!(matches!(refused, StoreError::Absent(_)), "{refused}");
    assert!(refused.to_string().contains("keeps reading"), "{refused}");
    assert!(file.space.bytes < 2 * SMALL.refused, "{}", file.space.bytes);
    drop(reader);
    assert!(file.write().unwrap() < SMALL.large);
}

/// `max_page_count` makes SQLite report a full disk.
#[test]
fn a_write_that_found_no_room_does_not_stop_the_next_one() {
    let mut file = File::new("full");
    file.write().unwrap();
    let max = |pages: &str| format!("PRAGMA max_page_count = {pages}");
    file.writer.driver().execute_batch(&max("20")).unwrap();
    let full = (0..2).find_map(|_| file.write().err()).expect("no room");
    assert!(lacks_space(&full), "{full}");
    file.space.measure();
    assert_eq!(file.space.bytes, 0, "the log gives its room back");
    file.writer.driver().execute_batch(&max("1000")).unwrap();
    file.write().unwrap();
}

#[test]
fn the_log_is_beside_its_file_and_the_volume_tells_its_space() {
    let space = LogSpace::of(Path::new("a.db"));
    assert_eq!(
        (space.log.as_path(), space.folder.as_path()),
        (Path::new("a.db-wal"), Path::new("."))
    );
    assert!(free_bytes(&std::env::temp_dir()).is_some());
}
