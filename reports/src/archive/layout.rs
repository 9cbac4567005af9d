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
//! A folder holds one run, so the runs of a minimal plan and of a nearest plan have folders like any other.

use std::hash::{DefaultHasher, Hash, Hasher};

use likewise_world::plan::Plan;

use crate::analysis::replay_argument;

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
const RUNS: &str = "seeds";
/// The folder of the minimal plan's run, in the folder of the run that was shrunk.
pub(crate) const MINIMAL: &str = "minimal";
/// The folder of the nearest passing plan's run, in the same folder.
pub(crate) const NEAREST: &str = "nearest";
/// Characters of a name that become part of a folder's name at most.
const NAME_CHARACTERS_MAX: usize = 120;

/// The folder of a plan's run, relative to the campaign's: `seeds/17`.
#[must_use]
pub fn run_folder(plan: &Plan) -> String {
    format!("{RUNS}/{}", folder_name(plan))
}

/// The folder of the run of the minimal plan that this plan was shrunk to.
#[must_use]
pub fn minimal_folder(plan: &Plan) -> String {
    format!("{}/{MINIMAL}", run_folder(plan))
}

/// The folder of the run of the nearest plan that passes.
#[must_use]
pub fn nearest_folder(plan: &Plan) -> String {
    format!("{}/{NEAREST}", run_folder(plan))
}

/// The seed if it generates the plan; else the plan's name with a hash, because different plans may share a name.
fn folder_name(plan: &Plan) -> String {
    replay_argument(plan).unwrap_or_else(|| {
        let mut hasher = DefaultHasher::new();
        format!("{plan:?}").hash(&mut hasher);
        format!("{}-{:08x}", plain_name(&plan.name), hasher.finish() >> 32)
    })
}

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
    use likewise_world::plan;

    use super::*;
    use crate::samples::records;
    use likewise_sim_likes::LIKES;

    /// A person edits a plan and runs it again. The first run must not be overwritten.
    #[test]
    fn plans_with_the_same_name_have_different_folders() {
        let plan = records::red().plan;
        let mut edited = plan.clone();
        edited.noise += 1;
        assert_ne!(folder_name(&plan), folder_name(&edited));
        assert_eq!(folder_name(&plan::generate(&LIKES, 17)), "17");
    }

    /// Names come from plan files, which may come from anywhere.
    #[test]
    fn any_name_gives_a_folder_name() {
        assert_eq!(
            plain_name("one like, reply #1 of do"),
            "one-like-reply-1-of-do"
        );
        assert_eq!(plain_name("../../etc"), "etc");
        assert_eq!(plain_name("→"), "unnamed");
    }
}
