//! Whether there is room for what is to be stored, asked before anything is.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use super::fill::Stock;

/// What one row takes with its indexes, at most, in bytes: measured (184 to 460), the mean, and a half more.
const ROW_BYTES: u64 = 450;
const GIGABYTE: u64 = 1_000_000_000;
/// What is left free, in bytes.
const SPARE_BYTES: u64 = 2 * GIGABYTE;

/// Requires what these stocks take together, beside a write-ahead log of this size.
///
/// # Errors
/// There is not enough room, with what is needed.
pub(super) fn require(folder: &Path, stocks: &[Stock], log_gigabytes: u32) -> Result<()> {
    let rows: u64 = stocks.iter().map(|stock| stock.rows_in_all()).sum();
    let needed = rows * ROW_BYTES + u64::from(log_gigabytes) * GIGABYTE + SPARE_BYTES;
    let free = free(folder)?;
    let giga = |bytes: u64| bytes as f64 / 1e9;
    eprintln!(
        "on disk: up to {:.1} GB needed, {:.1} GB free",
        giga(needed),
        giga(free)
    );
    ensure!(
        needed <= free,
        "{} has {:.1} GB free and {:.1} GB may be needed: give fewer --sizes",
        folder.display(),
        giga(free),
        giga(needed)
    );
    Ok(())
}

/// What is free where a folder is. `df` is asked, for the standard library cannot.
fn free(folder: &Path) -> Result<u64> {
    let said = Command::new("df").arg("-Pk").arg(folder).output();
    let said = said.context("asking df for the free space")?;
    let text = String::from_utf8_lossy(&said.stdout);
    kilobytes_free(&text)
        .map(|kilobytes| kilobytes * 1_024)
        .with_context(|| format!("df said nothing of free space:\n{text}"))
}

/// The fourth column of the second line, as POSIX has it.
fn kilobytes_free(said: &str) -> Option<u64> {
    let line = said.lines().nth(1)?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_read_from_what_df_says() {
        let said = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda 1000 400 600 40% /\n";
        assert_eq!(kilobytes_free(said), Some(600));
        assert_eq!(kilobytes_free("df: no such file\n"), None);
    }

    #[test]
    fn this_folder_is_on_a_disk() {
        assert!(free(Path::new(".")).unwrap() > 0);
    }
}
