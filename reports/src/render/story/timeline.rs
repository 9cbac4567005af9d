//! The story of a run: one line for each event that matters, with the simulated time since the clients started.
//!
//! ```text
//!      0 ms  customer 1 orders item 1
//!     10 ms  coordinator commits: new saga, order of customer 1 for item 1: running
//!     11 ms  coordinator → store: do step 0 of saga 1
//!     15 ms  store commits: step 0 of saga 1 done; item 1: sold 0 → 1
//! ```
//!
//! Sagas and messages have numbers in the order of their first event, and no random ids appear. So a story depends only
//! on the plan and can be kept as a snapshot.

use std::fmt::Write as _;

use likewise_world::{
    plan::PRODUCT,
    record::{Event, EventKind, RunRecord},
};

use super::context::Context;
use crate::analysis::narrative::{
    phases::{END, FAULTS, HEALED, PROBES, millis_since, workload_start},
    phrases,
};

/// The story of a run.
#[must_use]
pub fn render(record: &RunRecord) -> String {
    let mut timeline = Timeline::of(record);
    let _ = writeln!(timeline.text, "{}", title(record));
    for event in &record.events {
        timeline.add(event);
    }
    timeline.text
}

fn title(record: &RunRecord) -> String {
    let name = &record.plan.name;
    match record.plan.system.as_str() {
        PRODUCT => name.clone(),
        planted_bug if planted_bug == name => format!("planted bug {planted_bug}"),
        planted_bug => format!("{name} (planted bug {planted_bug})"),
    }
}

/// A story while it is written.
struct Timeline {
    text: String,
    context: Context,
    /// `None` if the run ended during the setup. Then everything is shown: the reason is in the setup.
    start_micros: Option<u64>,
    filter: Filter,
}

/// Which events get a line at this point of the run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    /// During setup: none.
    Nothing,
    /// While clients run: all that matter.
    Everything,
    /// During the final probes: violations. The probes are requests of the checks and would distract.
    Violations,
}

impl Timeline {
    fn of(record: &RunRecord) -> Self {
        let start_micros = workload_start(&record.events);
        let filter = match start_micros {
            Some(_) => Filter::Nothing,
            None => Filter::Everything,
        };
        Self {
            text: String::new(),
            context: Context::of(record),
            start_micros,
            filter,
        }
    }

    fn add(&mut self, event: &Event) {
        self.context.observe(event);
        let line = match &event.kind {
            EventKind::Phase { name } => self.phase(name),
            // Rows are followed from the beginning, or their first change would lack the value before.
            EventKind::Committed { changes, .. } => phrases::commit(
                event.host,
                &self.context.rows.of_commit(event.host, changes),
            ),
            other => self.context.line(event.host, other),
        };
        let is_finding = matches!(
            event.kind,
            EventKind::Violated { .. } | EventKind::Phase { .. }
        );
        let is_shown = match self.filter {
            Filter::Nothing => false,
            Filter::Everything => true,
            Filter::Violations => is_finding,
        };
        if let (true, Some(line)) = (is_shown, line) {
            let millis = millis_since(self.start_micros, event.at_micros);
            let _ = writeln!(self.text, "{millis:>7} ms  {line}");
        }
    }

    /// Also switches the filter, so the line of a phase is judged by the filter of the phase that begins.
    fn phase(&mut self, name: &str) -> Option<String> {
        match name {
            FAULTS => self.filter = Filter::Everything,
            PROBES => self.filter = Filter::Violations,
            _ => {}
        }
        let line = match name {
            FAULTS => return None,
            HEALED => "-- all faults healed",
            PROBES => "-- final probes",
            END => "-- end",
            other => return Some(format!("-- {other}")),
        };
        Some(line.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn an_order_that_succeeds() {
        insta::assert_snapshot!(render(&records::green()));
    }

    #[test]
    fn an_order_that_is_compensated_twice() {
        insta::assert_snapshot!(render(&records::red()));
    }

    /// It has no captions, so the fields of its operations are listed.
    #[test]
    fn the_story_of_an_older_record_lists_the_fields_of_an_operation() {
        let older = RunRecord {
            captions: Vec::new(),
            ..records::green()
        };
        let story = render(&older);
        let fields = "action order, customer 1, item 1";
        assert!(story.contains(&format!("0 ms  {fields}")), "{story}");
        assert!(
            story.contains(&format!("“{fields}” is ok (200)")),
            "{story}"
        );
    }

    /// Its labels are missing too, so its rows and its saga are told in general words.
    #[test]
    fn the_story_of_an_older_record_tells_rows_in_general_words() {
        let story = render(&records::older());
        for line in [
            "coordinator commits: new saga, order (customer 1, item 1): running",
            "store commits: step 0 of saga 1 done; items 1: sold 0 → 1",
            "till commits: step 1 of saga 1 done; orders …000002: new, created_at 1, customer 1, item 1",
        ] {
            assert!(story.contains(line), "{story}");
        }
    }

    /// A run that ends in the set-up is told as a whole, with all that the harness did.
    #[test]
    fn a_probe_is_told_as_such() {
        let mut record = records::probed();
        record
            .events
            .retain(|event| !matches!(event.kind, EventKind::Phase { .. }));
        let story = render(&record);
        assert!(
            story.contains("ms  probe: do step 1 of saga 1: done"),
            "{story}"
        );
    }

    #[test]
    fn a_story_contains_no_random_id() {
        for record in [records::green(), records::red(), records::older()] {
            assert!(!render(&record).contains("018f"));
        }
    }
}
