//! Reports where two runs of one plan differ.

use anyhow::Result;
use likewise_search::determinism::Divergence;
use likewise_world::record::RunRecord;
use serde::Serialize;

use crate::{exit::Exit, session::Session};

/// Characters of an event that are shown before the first difference.
const SHOWN_BEFORE: usize = 60;
/// Characters of an event that are shown in all. Some events are long, and the files have them whole.
const SHOWN_MAX: usize = 200;

/// A divergence, for programs.
#[derive(Debug, Serialize)]
pub(super) struct DivergenceLine {
    how: String,
    event: usize,
    left: String,
    right: String,
}

impl From<Divergence> for DivergenceLine {
    fn from(divergence: Divergence) -> Self {
        Self {
            how: divergence.how,
            event: divergence.event,
            left: divergence.left,
            right: divergence.right,
        }
    }
}

/// The divergence of a run that has no record.
pub(super) fn of_broken_run(how: &str, message: String) -> Divergence {
    Divergence {
        how: how.to_owned(),
        event: 0,
        left: "a record".to_owned(),
        right: message,
    }
}

/// Prints where two runs differ, and writes the events of both.
///
/// Both event files are written, because the first difference is often only the effect of an earlier one that no
/// event shows.
pub(super) fn report(
    session: &mut Session,
    first: &RunRecord,
    other: Option<&RunRecord>,
    divergence: &Divergence,
) -> Result<()> {
    session.note(Exit::NotDeterministic);
    eprintln!(
        "not deterministic: {}, {}: event {} differs\n  first: {}\n  other: {}",
        first.plan.name,
        divergence.how,
        divergence.event,
        differing_part(&divergence.left, &divergence.right),
        differing_part(&divergence.right, &divergence.left)
    );
    let replay = session.write_violation(first);
    let archive = session.archive();
    let path = archive.write_events(&first.plan, "first", &first.events)?;
    eprintln!("  events: {}", path.display());
    if let Some(other) = other {
        let name = divergence.how.replace(' ', "-");
        let path = archive.write_events(&first.plan, &name, &other.events)?;
        eprintln!("     and: {}", path.display());
    }
    eprintln!("  replay: {replay}");
    Ok(())
}

/// The part of an event in which it differs from another event.
///
/// Characters are counted and not bytes, so that a cut never lies inside a character.
fn differing_part(event: &str, other: &str) -> String {
    let pairs = event.chars().zip(other.chars());
    let same = pairs.take_while(|(this, that)| this == that).count();
    let from = same.saturating_sub(SHOWN_BEFORE);
    let part: String = event.chars().skip(from).take(SHOWN_MAX).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + SHOWN_MAX < event.chars().count() {
        "…"
    } else {
        ""
    };
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_that_differs_is_shown() {
        let long = "x".repeat(300);
        let (left, right) = (format!("{long}1{long}"), format!("{long}2{long}"));
        let shown = differing_part(&left, &right);
        assert!(shown.contains('1') && shown.chars().count() == SHOWN_MAX + 2);
        assert_eq!(differing_part("ab", "ac"), "ab");
    }
}
