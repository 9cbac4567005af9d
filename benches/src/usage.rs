//! What the processes use: processor time and memory, as Linux tells it in `/proc`.
//!
//! Where there is no `/proc`, everything is 0 and nothing is shown.

use std::{fs, path::Path};

/// Clock ticks a second: what Linux counts processor time in, on every machine that matters.
const TICKS_PER_SECOND: u64 = 100;
/// Bytes of a page, likewise.
const PAGE_BYTES: u64 = 4_096;

/// A process and its children, if `with_children`.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) name: &'static str,
    pub(crate) process: u32,
    pub(crate) with_children: bool,
}

/// What a process used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_micros: u64,
    pub(crate) resident_bytes: u64,
}

impl Watched {
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = of_process(self.process);
        if self.with_children {
            for child in children(self.process) {
                usage.cpu_micros += of_process(child).cpu_micros;
            }
        }
        usage
    }
}

/// Processor time of everything on this machine since it started, in microseconds, all cores together.
pub(crate) fn of_machine() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    busy_ticks(&text) * (1_000_000 / TICKS_PER_SECOND)
}

/// Of the first line all but what was idle or waited for a disk, the fourth and the fifth.
fn busy_ticks(stat: &str) -> u64 {
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_whitespace().skip(1).take(8).enumerate();
    let busy = ticks.filter(|(place, _)| !matches!(place, 3 | 4));
    busy.filter_map(|(_, ticks)| ticks.parse::<u64>().ok())
        .sum()
}

fn of_process(process: u32) -> Usage {
    let Some(fields) = stat(process) else {
        return Usage::default();
    };
    let field = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    // After the name: user, system, and those of children that have ended; resident pages.
    let ticks: u64 = (11..=14).filter_map(field).sum();
    Usage {
        cpu_micros: ticks * (1_000_000 / TICKS_PER_SECOND),
        resident_bytes: field(21).unwrap_or(0) * PAGE_BYTES,
    }
}

/// The fields of `/proc/PID/stat` after the name, which may hold spaces.
fn stat(process: u32) -> Option<Vec<String>> {
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
    numbers
        .filter(|process| {
            let of = stat(*process).and_then(|fields| fields.get(1)?.parse::<u32>().ok());
            of == Some(parent)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_waits_is_not_busy() {
        assert_eq!(
            busy_ticks("cpu  1 2 4 800 900 8 16 32 7 7\ncpu0 1 1 1 1\n"),
            63
        );
        assert_eq!(busy_ticks(""), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let watched = Watched {
            name: "this",
            process: std::process::id(),
            with_children: false,
        };
        assert!(watched.usage().resident_bytes > 100_000);
    }
}
