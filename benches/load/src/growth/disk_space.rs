//! Checks the free disk space before the databases are filled.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use super::stored_data::StoredData;

/// The size of one row with its indexes, in bytes: the measured mean (184 to 460 by table) and a reserve of one half.
const ROW_BYTES: u64 = 450;
const GIGABYTE: u64 = 1_000_000_000;
/// The space that must stay free, in bytes.
const RESERVE_BYTES: u64 = 2 * GIGABYTE;

/// Requires enough space for all the data and for a write-ahead log of this size.
///
/// A full disk would stop the server after minutes of filling, with an error that does not name the cause.
///
/// # Errors
/// There is not enough space. The message contains both figures.
pub(super) fn require(folder: &Path, data: &[StoredData], log_gigabytes: u32) -> Result<()> {
    let rows: u64 = data.iter().map(|data| data.all_rows()).sum();
    let needed = rows * ROW_BYTES + u64::from(log_gigabytes) * GIGABYTE + RESERVE_BYTES;
    let free = free_bytes(folder)?;
    let giga = |bytes: u64| bytes as f64 / 1e9;
    eprintln!(
        "disk space: up to {:.1} GB needed, {:.1} GB free",
        giga(needed),
        giga(free)
    );
    ensure!(
        needed <= free,
        "{} has {:.1} GB free but up to {:.1} GB are needed: use fewer --sizes",
        folder.display(),
        giga(free),
        giga(needed)
    );
    Ok(())
}

/// The free space of a folder's file system. It comes from `df`, because the standard library cannot tell.
fn free_bytes(folder: &Path) -> Result<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output();
    let output = output.context("running df for the free space")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    free_kilobytes(&printed)
        .map(|kilobytes| kilobytes * 1_024)
        .with_context(|| format!("df printed no free space:\n{printed}"))
}

/// The fourth column of the second line, as POSIX specifies.
fn free_kilobytes(printed: &str) -> Option<u64> {
    let line = printed.lines().nth(1)?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_space_is_parsed_from_the_output_of_df() {
        let printed = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda 1000 400 600 40% /\n";
        assert_eq!(free_kilobytes(printed), Some(600));
        assert_eq!(free_kilobytes("df: no such file\n"), None);
    }

    #[test]
    fn this_folder_has_free_space() {
        assert!(free_bytes(Path::new(".")).unwrap() > 0);
    }
}
