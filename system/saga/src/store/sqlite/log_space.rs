//! The space that the write-ahead log of a SQLite file takes.
//!
//! Every commit is appended to the log. After 4,000 pages SQLite copies them into the file (a checkpoint), and the next
//! commit begins the log anew. That alone bounds nothing:
//!
//! - The log cannot begin anew while a statement reads from it. Our reads are single statements over few rows, so each
//!   ends soon, but there may always be one. Another program may keep a transaction open for hours.
//! - On a small volume the logs of three files fill it before the first of them has 4,000 pages. The commit that finds no
//!   room fails before its checkpoint, and so does every later one: the service could never write again.
//!
//! So the writer copies the log into the file and truncates it, and waits briefly for readers to do so. It does this above
//! 64 MiB, and much earlier if the volume is nearly full. A checkpoint makes the file grow, so it must run while there is
//! room for that. The simulator does not do this, because a simulated disk is never shared.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::ffi;
use tokio::time::Instant;

use super::{connection::SqliteConnection, options::BUSY_TIMEOUT};
use crate::store::error::{EngineError, StoreError};

const MIB: u64 = 1024 * 1024;

/// What is left of a log that begins anew: as much as it has when SQLite copies it by itself (`options.rs`).
pub(super) const KEPT_BYTES: u64 = 16 * MIB;

/// Limits on the size of a log.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The size is read after so many changed rows. A row takes at most some six pages in the log, with its indexes.
    rows: u64,
    /// Below this nothing is checked. A cut that gains less costs more than it gains.
    small: u64,
    /// Above this the log is cut off.
    large: u64,
    /// Above this writes are refused. Only another program that keeps a transaction open lets it grow so far. Without a
    /// limit the log would fill the volume, and then nothing that shares it could go on.
    refused: u64,
    /// How long a cut waits for readers. Writes wait as long.
    wait: Duration,
    /// The pause after a cut that failed.
    pause: Duration,
}

const LIMITS: Limits = Limits {
    // Asking the operating system after every commit took a measurable part of a like.
    rows: 64,
    small: MIB,
    large: 64 * MIB,
    refused: 1024 * MIB,
    wait: Duration::from_millis(50),
    pause: Duration::from_secs(1),
};

/// Space that stays free for what grows besides the logs.
const SPARE_BYTES: u64 = 4 * MIB;

/// How many logs of this size must fit into the free space: there are three files on the volume, and copying a log can
/// make its file grow by as much.
const LOGS_FREE: u64 = 3;

/// Keeps the log of one file small.
pub(super) struct LogSpace {
    log: PathBuf,
    folder: PathBuf,
    limits: Limits,
    free_bytes: fn(&Path) -> Option<u64>,
    /// The size when it was last read.
    bytes: u64,
    /// How many rows the connection had changed then.
    rows: u64,
    /// Set after a cut that failed.
    retry_at: Option<Instant>,
}

impl LogSpace {
    /// The log of the file at this path.
    pub(super) fn of(file: &Path) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        Self {
            log: file.with_file_name(format!("{name}-wal")),
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            limits: LIMITS,
            free_bytes,
            bytes: 0,
            rows: 0,
            retry_at: None,
        }
    }

    /// Runs a transaction, and afterwards keeps the log small. Blocks.
    ///
    /// # Errors
    /// The transaction's. [`StoreError::Absent`] if the log is too large and cannot be cut off.
    pub(super) fn run<T>(
        &mut self,
        writer: &mut SqliteConnection,
        transaction: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_limit(writer)?;
        let done = transaction(writer);
        match &done {
            Ok(_) if self.is_due(writer) => {
                self.measure();
                if self.bytes >= self.limits.large || self.is_crowded() {
                    self.cut_off(writer);
                }
            }
            Ok(_) => {}
            // The room that the log takes may be what is missing.
            Err(error) if lacks_space(error) => self.cut_off(writer),
            Err(_) => {}
        }
        done
    }

    /// Whether the log may have grown much since its size was last read.
    fn is_due(&mut self, writer: &SqliteConnection) -> bool {
        let rows = writer.driver().total_changes();
        let is_due = rows.saturating_sub(self.rows) >= self.limits.rows;
        if is_due {
            self.rows = rows;
        }
        is_due
    }

    fn check_limit(&mut self, writer: &SqliteConnection) -> Result<(), StoreError> {
        if self.bytes < self.limits.refused {
            return Ok(());
        }
        self.cut_off(writer);
        self.measure();
        if self.bytes < self.limits.refused {
            return Ok(());
        }
        let reason = format!(
            "the write-ahead log has {} MiB, because another program keeps reading the file",
            self.bytes / MIB
        );
        let error = ffi::Error::new(ffi::SQLITE_FULL);
        Err(rusqlite::Error::SqliteFailure(error, Some(reason)).into())
    }

    fn measure(&mut self) {
        self.bytes = fs::metadata(&self.log).map_or(0, |log| log.len());
    }

    /// Whether the log takes a large part of the space that is left.
    fn is_crowded(&self) -> bool {
        let needed = LOGS_FREE * self.bytes + SPARE_BYTES;
        let free = || (self.free_bytes)(&self.folder);
        self.bytes >= self.limits.small && free().is_some_and(|free| free < needed)
    }

    /// Copies the log into the file and cuts it off.
    fn cut_off(&mut self, writer: &SqliteConnection) {
        let now = Instant::now();
        if self.retry_at.is_some_and(|retry_at| now < retry_at) {
            return;
        }
        let failed_before = self.retry_at.is_some();
        let log = self.log.display();
        match truncate(writer, self.limits.wait) {
            Ok(true) => {
                self.bytes = 0;
                self.retry_at = None;
                if failed_before {
                    tracing::warn!(%log, "the write-ahead log is small again");
                }
            }
            failed => {
                self.retry_at = Some(now + self.limits.pause);
                // Once, until it succeeds.
                if !failed_before {
                    let reason = match failed {
                        Err(error) => error.to_string(),
                        Ok(_) => "another program reads the file".to_owned(),
                    };
                    let mib = self.bytes / MIB;
                    tracing::error!(%log, mib, reason, "alert: the write-ahead log cannot be made small");
                }
            }
        }
    }
}

/// Copies the log into the file and truncates it. Returns whether that succeeded before `wait` was over.
fn truncate(writer: &SqliteConnection, wait: Duration) -> rusqlite::Result<bool> {
    let driver = writer.driver();
    driver.busy_timeout(wait)?;
    let is_busy = driver.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    driver.busy_timeout(BUSY_TIMEOUT)?;
    is_busy.map(|is_busy: bool| !is_busy)
}

/// Whether a transaction failed because there was no room. The index of the log is a file of its own: if that cannot
/// grow, SQLite reports an I/O error.
fn lacks_space(error: &StoreError) -> bool {
    use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
    match error {
        StoreError::Absent(EngineError::Rusqlite(error))
        | StoreError::Unknown(EngineError::Rusqlite(error)) => {
            matches!(error.sqlite_error_code(), Some(DiskFull | SystemIoFailure))
        }
        _ => false,
    }
}

/// The free space of the volume with this folder. `None` if the operating system does not say.
fn free_bytes(folder: &Path) -> Option<u64> {
    let volume = rustix::fs::statvfs(folder).ok()?;
    Some(volume.f_bavail.saturating_mul(volume.f_frsize))
}

#[cfg(test)]
mod tests;
