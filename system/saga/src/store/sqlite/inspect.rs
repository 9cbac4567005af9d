//! Checks whether a SQLite file could be opened, and changes nothing.

use std::{fs, path::Path};

use super::{
    call::call_at_start,
    open::{OPENING, reason},
    options::{SqliteAccess, SqliteOptions},
};
use crate::store::{
    contents::Contents, executor::StoreExecutor, open_error::OpenError, schema::Schema,
    url::DatabaseUrl,
};

/// Checks a file. A missing file is fine if its folder exists.
///
/// # Errors
/// The [`OpenError`] that opening the file would return.
pub(in crate::store) async fn inspect(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<(), OpenError> {
    let (its_url, path) = (url.clone(), path.to_owned());
    let inspect = move || inspect_file(&its_url, &path, schema);
    call_at_start(executor, OPENING, url, inspect).await
}

/// Reads what a file holds, and checks that it could be opened. A missing file is an error.
///
/// If the file has a write-ahead log and nobody else has opened it, closing it copies the log into the file.
///
/// # Errors
/// The [`OpenError`] that opening the file would return.
pub(in crate::store) async fn read(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<Contents, OpenError> {
    let (its_url, path) = (url.clone(), path.to_owned());
    let read = move || read_file(&its_url, &path, schema);
    call_at_start(executor, OPENING, url, read).await
}

/// As [`read`], but a file that does not exist yet is empty if its folder exists.
///
/// # Errors
/// The [`OpenError`] that opening the file would return.
pub(in crate::store) async fn read_or_empty(
    url: &DatabaseUrl,
    path: &Path,
    schema: Schema,
    executor: &dyn StoreExecutor,
) -> Result<Contents, OpenError> {
    let (its_url, path) = (url.clone(), path.to_owned());
    let read = move || match path.exists() {
        true => read_file(&its_url, &path, schema),
        false => check_folder(&its_url, &path).map(|()| Contents::default()),
    };
    call_at_start(executor, OPENING, url, read).await
}

fn inspect_file(url: &DatabaseUrl, path: &Path, schema: Schema) -> Result<(), OpenError> {
    if !path.exists() {
        return check_folder(url, path);
    }
    if has_log(path) {
        return inspect_without_log(url, path, schema);
    }
    read_file(url, path, schema).map(drop)
}

fn read_file(url: &DatabaseUrl, path: &Path, schema: Schema) -> Result<Contents, OpenError> {
    let unreachable = |error| OpenError::unreachable(url, reason(&error, path));
    let mut options = SqliteOptions::new(path);
    options.access = SqliteAccess::Existing;
    let connection = options.open().map_err(unreachable)?;
    let contents = Contents::of_sqlite(&connection).map_err(unreachable)?;
    contents.check(url, schema)?;
    Ok(contents)
}

fn check_folder(url: &DatabaseUrl, path: &Path) -> Result<(), OpenError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let reason = "the folder of the file does not exist";
            Err(OpenError::unreachable(url, reason))
        }
        _ => Ok(()),
    }
}

/// Whether a process was killed and left its write-ahead log.
fn has_log(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let log = path.with_file_name(format!("{name}-wal"));
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Reads the file without its write-ahead log: a normal connection would copy the log into the file when it closes.
///
/// Without its log the file may be torn. So only [`OpenError::Newer`] counts, and every other error is ignored: a
/// migration that can be read was written.
fn inspect_without_log(url: &DatabaseUrl, path: &Path, schema: Schema) -> Result<(), OpenError> {
    let mut options = SqliteOptions::new(path);
    options.access = SqliteAccess::Immutable;
    let contents = options
        .open()
        .and_then(|connection| Contents::of_sqlite(&connection));
    match contents.map(|contents| contents.check(url, schema)) {
        Ok(Err(newer @ OpenError::Newer { .. })) => Err(newer),
        _ => Ok(()),
    }
}
