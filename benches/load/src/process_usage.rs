//! Processor time and memory of processes, read from Linux's `/proc`.
//!
//! On systems without `/proc` every value is 0, and the reports leave such values out.

use std::{fs, path::Path};

/// Clock ticks per second, Linux's unit of processor time. It is 100 on every common machine.
const TICKS_PER_SECOND: u64 = 100;
/// The size of a memory page, in bytes, likewise.
const PAGE_BYTES: u64 = 4_096;

/// A process to monitor, with its children if `with_children` is set.
#[derive(Debug, Clone)]
pub(crate) struct ProcessMonitor {
    pub(crate) name: &'static str,
    pub(crate) process: u32,
    pub(crate) with_children: bool,
}

/// What a process has used since it started.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_micros: u64,
    pub(crate) resident_bytes: u64,
}

impl ProcessMonitor {
    /// PostgreSQL has a process for each connection, so its children count. Their memory does not: they share most of
    /// it, and a sum would count it many times.
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = usage_of(self.process);
        if self.with_children {
            for child in children(self.process) {
                usage.cpu_micros += usage_of(child).cpu_micros;
            }
        }
        usage
    }
}

/// Processor time of the whole machine since it started, in microseconds, all cores together.
pub(crate) fn of_machine() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    busy_ticks(&text) * (1_000_000 / TICKS_PER_SECOND)
}

/// The sum of the first line's columns without the fourth and fifth, which are idle time and waiting for a disk.
fn busy_ticks(stat: &str) -> u64 {
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_whitespace().skip(1).take(8).enumerate();
    let busy = ticks.filter(|(column, _)| !matches!(column, 3 | 4));
    busy.filter_map(|(_, ticks)| ticks.parse::<u64>().ok())
        .sum()
}

/// The fields of `proc(5)`, counted after the name: 11 to 14 are `utime`, `stime`, `cutime`, `cstime`, and 21 is
/// `rss`.
fn usage_of(process: u32) -> Usage {
    let Some(fields) = stat_fields(process) else {
        return Usage::default();
    };
    let field = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok());
    // User and system time of the process and of its children that have ended; then its resident pages.
    let ticks: u64 = (11..=14).filter_map(field).sum();
    Usage {
        cpu_micros: ticks * (1_000_000 / TICKS_PER_SECOND),
        resident_bytes: field(21).unwrap_or(0) * PAGE_BYTES,
    }
}

/// The fields of `/proc/PID/stat` after the process name, which may contain spaces.
fn stat_fields(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir(Path::new("/proc"))
        .into_iter()
        .flatten()
        .flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parent_of = |process: u32| stat_fields(process)?.get(1)?.parse::<u32>().ok();
    numbers
        .filter(|process| parent_of(*process) == Some(parent))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fourth and fifth columns are idle time and waiting for a disk.
    #[test]
    fn waiting_time_is_not_busy_time() {
        assert_eq!(
            busy_ticks("cpu  1 2 4 800 900 8 16 32 7 7\ncpu0 1 1 1 1\n"),
            63
        );
        assert_eq!(busy_ticks(""), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let monitor = ProcessMonitor {
            name: "this",
            process: std::process::id(),
            with_children: false,
        };
        assert!(monitor.usage().resident_bytes > 100_000);
    }
}
