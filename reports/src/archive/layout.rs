//! Names of files and folders.
//!
//! ```text
//!  target/likewise/
//!    latest -> 20260131-120000-4711
//!    index.html                      an index of the newest campaigns
//!    20260131-120000-4711/
//!      report.html                   the whole report as one page
//!      report.json                   the report for programs, with the list of runs that it shows
//!      junit.xml                     one test case for each run and property
//!      summary.md                    for a step of a CI job
//!      card.json                     the campaign's entry in the index
//!      seeds/17/plan.json            replays the run
//!               record.json          the run's record without its events
//!               events.jsonl         the events, one a line
//!               history.jsonl        the clients' operations among them
//!               story.txt            the run as text
//!               min-plan.json        the plan that it was shrunk to
//!               minimal/             the run of that plan: the same files
//!               nearest.json         the nearest plan that passes
//!               nearest/             the run of that plan: the same files
//! ```
//!
//! A folder holds one run, so the runs of a minimal plan and of a nearest plan have folders of their own.

/// The link to the newest campaign; on systems without links, a file with its name.
pub const LATEST: &str = "latest";
/// The report, in a campaign's folder.
pub const REPORT: &str = "report.json";
/// The record without its events, in a run's folder.
pub const RECORD: &str = "record.json";
/// The events of a run, one a line, in its folder.
pub const EVENTS: &str = "events.jsonl";
/// The plan of a run, in its folder.
pub(crate) const PLAN: &str = "plan.json";
/// The campaign's entry in the index, in its folder. The name is older than the term; existing campaigns have it.
pub(crate) const INDEX_ENTRY: &str = "card.json";
/// The index page of the newest campaigns, in the folder that holds theirs.
pub(crate) const INDEX: &str = "index.html";
/// The folder of the runs, in a campaign's folder.
pub(super) const RUNS: &str = "seeds";
/// The folder of the minimal plan's run, in the folder of the run that was shrunk.
pub(crate) const MINIMAL: &str = "minimal";
/// The folder of the nearest passing plan's run, in the same folder.
pub(crate) const NEAREST: &str = "nearest";
/// Characters of a name that become part of a folder's name at most.
const NAME_CHARACTERS_MAX: usize = 120;

/// A name in characters that every file system accepts: lower-case letters, digits and single hyphens.
#[must_use]
pub fn plain_name(name: &str) -> String {
    let mut plain = String::new();
    for character in name.chars().take(NAME_CHARACTERS_MAX) {
        match character {
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_lowercase()),
            _ if plain.is_empty() || plain.ends_with('-') => {}
            _ => plain.push('-'),
        }
    }
    match plain.trim_end_matches('-') {
        "" => "unnamed".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names come from plan files, which may come from anywhere.
    #[test]
    fn any_name_gives_a_folder_name() {
        assert_eq!(
            plain_name("one order, reply #1 of do"),
            "one-order-reply-1-of-do"
        );
        assert_eq!(plain_name("../../etc"), "etc");
        assert_eq!(plain_name("→"), "unnamed");
    }
}
