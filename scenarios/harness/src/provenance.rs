//! The origin of a report: commit, compiler, machine, command line. `build.rs` finds what only the build knows.

use std::{env, thread};

use jiff::Timestamp;
use likewise_reports::analysis::Provenance;
use likewise_world::plan::Timing;

use crate::suite::Suite;

/// Arguments of the command line that a report keeps at most. A shell pattern may expand to thousands.
const ARGUMENTS_MAX: usize = 200;

/// The origin of what this process does now.
pub(crate) fn current(suite: &Suite) -> Provenance {
    let arguments = env::args_os().skip(1).take(ARGUMENTS_MAX);
    Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("LIKEWISE_COMMIT").to_owned(),
        dirty: env!("LIKEWISE_DIRTY") == "true",
        rustc: env!("LIKEWISE_RUSTC").to_owned(),
        profile: match cfg!(debug_assertions) {
            true => "debug".to_owned(),
            false => "release".to_owned(),
        },
        os: env::consts::OS.to_owned(),
        arch: env::consts::ARCH.to_owned(),
        started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        program: suite.command.to_owned(),
        command_line: arguments
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect(),
        processors: thread::available_parallelism().map_or(1, |processors| processors.get() as u64),
        timing: Timing::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_its_commit_compiler_and_start() {
        let current = current(Suite::empty());
        let is_hash = |text: &str| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
        let commit = &current.commit;
        assert!(is_hash(commit) || commit == "unknown", "{commit}");
        assert!(current.rustc.starts_with("rustc "), "{}", current.rustc);
        let started: Timestamp = current.started_at.parse().unwrap();
        assert!(started <= Timestamp::now());
    }
}
