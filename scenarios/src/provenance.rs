//! Where a report of this program comes from. What only the build knows, `build.rs` finds out.

use std::{env, thread};

use jiff::Timestamp;
use likewise_reports::provenance::Provenance;
use likewise_sim::plan::Timing;

/// Words of a command line that are kept at most: a shell may have made thousands of a pattern.
const WORDS_MAX: usize = 200;

/// Of what is done now, by this program, here.
pub(crate) fn here() -> Provenance {
    let words = env::args_os().skip(1).take(WORDS_MAX);
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
        command_line: words
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        processors: thread::available_parallelism().map_or(1, |processors| processors.get() as u64),
        timing: Timing::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_made_it() {
        let here = here();
        let is_commit =
            here.commit.len() == 40 && here.commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_commit || here.commit == "unknown", "{}", here.commit);
        assert!(here.rustc.starts_with("rustc "), "{}", here.rustc);
        let again: Timestamp = here.started_at.parse().unwrap();
        assert!(again <= Timestamp::now());
    }
}
