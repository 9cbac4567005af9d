//! Many machines' reports of one campaign become one report.
//!
//! What is the same work twice is refused, not added: the same seeds, the same combinations, the single faults.

use std::collections::BTreeSet;

use crate::{
    floor::Floor,
    report::{Combined, Course, Kept, Met, SummaryLine},
    specimen::SpecimenResult,
    summary::Summary,
};

/// Reports that are not of one campaign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// Both ran the same seeds, or combinations with the same numbers.
    #[error(
        "{one} and {two} both ran the {what} {start}..{end}: give each machine a shard of its own, and each report once"
    )]
    Twice {
        /// One report.
        one: String,
        /// The other.
        two: String,
        /// Seeds, pairs, triples.
        what: &'static str,
        /// The first that both ran.
        start: u64,
        /// The first after those.
        end: u64,
    },
    /// Both struck with every single fault.
    #[error(
        "{one} and {two} both struck the single faults: run only seeds on all machines but one"
    )]
    SinglesTwice {
        /// One report.
        one: String,
        /// The other.
        two: String,
    },
    /// They ran different systems, or combinations of different faults.
    #[error("{one} and {two} are not of one campaign: {why}")]
    Different {
        /// One report.
        one: String,
        /// The other.
        two: String,
        /// What differs.
        why: &'static str,
    },
}

/// A report and what to call it.
pub type Named = (String, SummaryLine);

/// All reports in one: what the runs showed, and how the campaign went. Its exit code is not decided yet.
///
/// # Errors
/// [`Clash`]: two of them cannot be of one campaign.
pub fn merge(reports: &[Named]) -> Result<(Summary, Course), Clash> {
    for (place, one) in reports.iter().enumerate() {
        for two in &reports[place + 1..] {
            fit(one, two)?;
        }
    }
    let mut summary = Summary::default();
    let mut course = Course::default();
    for (name, report) in reports {
        summary.merge(&report.summary());
        course.merge(name, report);
    }
    require_whole(&mut course);
    Ok((summary, course))
}

/// Whether two reports can be of one campaign.
fn fit((one, a): &Named, (two, b): &Named) -> Result<(), Clash> {
    let (one, two) = (one.clone(), two.clone());
    let (a, b) = (&a.course, &b.course);
    let different = |why| Clash::Different {
        one: one.clone(),
        two: two.clone(),
        why,
    };
    if a.system != b.system {
        return Err(different("they ran different systems"));
    }
    if let (Some(a), Some(b)) = (&a.combined, &b.combined) {
        if (a.choice, &a.bases) != (b.choice, &b.bases) {
            return Err(different("they combined different faults"));
        }
        if let Some(both) = a.ran.overlap(&b.ran) {
            let (what, start, end) = (a.choice.name(), both.start, both.end);
            return Err(Clash::Twice {
                one,
                two,
                what,
                start,
                end,
            });
        }
    }
    if let (Some(a), Some(b)) = (&a.seeds_run, &b.seeds_run)
        && let Some(both) = a.overlap(b)
    {
        let (what, start, end) = ("seeds", both.start, both.end);
        return Err(Clash::Twice {
            one,
            two,
            what,
            start,
            end,
        });
    }
    match a.cuts.is_some() && b.cuts.is_some() {
        true => Err(Clash::SinglesTwice { one, two }),
        false => Ok(()),
    }
}

/// Combinations that no machine ran make the whole inconclusive.
fn require_whole(course: &mut Course) {
    if let Some(combined) = &course.combined {
        let (ran, of) = (combined.ran.count(), combined.total);
        if ran < of {
            let name = combined.choice.name();
            let why = format!("{} of {of} {name} are in none of the reports", of - ran);
            course.inconclusive.push(why);
        }
    }
}

impl Course {
    fn merge(&mut self, name: &str, report: &SummaryLine) {
        let other = &report.course;
        self.system.clone_from(&other.system);
        self.cuts = self.cuts.or(other.cuts);
        self.specimens = fewest(self.specimens, other.specimens);
        self.deterministic = fewest(self.deterministic, other.deterministic);
        self.broken_runs += other.broken_runs;
        self.merge_specimens(&other.specimen_results);
        if let Some(ran) = &other.seeds_run {
            self.seeds_run.get_or_insert_default().merge(ran);
        }
        if let Some(kept) = other.corpus {
            self.corpus.get_or_insert_default().merge(kept);
        }
        match (&mut self.combined, &other.combined) {
            (Some(known), Some(other)) => known.merge(other),
            (known @ None, Some(other)) => *known = Some(other.clone()),
            (_, None) => {}
        }
        // The floor is held against all runs together, not against each machine's.
        let of_floor: BTreeSet<String> =
            Floor::of(&report.summary()).missing().into_iter().collect();
        let others = other
            .inconclusive
            .iter()
            .filter(|why| !of_floor.contains(*why));
        self.inconclusive
            .extend(others.map(|why| format!("{name}: {why}")));
    }
}

impl Course {
    /// Of the same specimen on several machines, the one that was not caught.
    fn merge_specimens(&mut self, others: &[SpecimenResult]) {
        for other in others {
            let known = self.specimen_results.iter_mut();
            match known.into_iter().find(|known| known.name == other.name) {
                None => self.specimen_results.push(other.clone()),
                Some(known) if known.is_good() && !other.is_good() => known.clone_from(other),
                Some(_) => {}
            }
        }
    }
}

impl Combined {
    fn merge(&mut self, other: &Self) {
        self.ran.merge(&other.ran);
        self.all_struck += other.all_struck;
        self.by_proof += other.by_proof;
        self.compared += other.compared;
        self.prevented += other.prevented;
        self.missed += other.missed;
        self.broken += other.broken;
    }
}

impl Kept {
    fn merge(&mut self, other: Self) {
        self.loaded += other.loaded;
        self.kept += other.kept;
        self.mutants += other.mutants;
    }
}

/// Of the same check on several machines, the one that met least.
fn fewest(one: Option<Met>, other: Option<Met>) -> Option<Met> {
    match (one, other) {
        (Some(one), Some(other)) => Some(std::cmp::min_by_key(one, other, |met| met.met)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{ranges::Ranges, samples};

    /// A green and a red run by these seeds.
    fn report(name: &str, seeds: (u64, u64)) -> Named {
        let mut summary = Summary::over(["nobody-checks-this"]);
        summary.add(&samples::green(), Duration::from_millis(3));
        summary.add(&samples::red(), Duration::from_millis(4));
        let course = Course {
            seeds_run: Some(Ranges::from(vec![seeds])),
            ..Course::default()
        };
        let line = SummaryLine::of(&summary, Duration::from_millis(5), course);
        (name.to_owned(), line)
    }

    #[test]
    fn merged_reports_are_the_report_of_all_runs() {
        let (merged, course) = merge(&[report("a", (0, 2)), report("b", (2, 4))]).unwrap();
        let mut whole = Summary::over(["nobody-checks-this"]);
        for _ in 0..2 {
            whole.add(&samples::green(), Duration::from_millis(3));
            whole.add(&samples::red(), Duration::from_millis(4));
        }
        let shown = |summary: &Summary| {
            let line = SummaryLine::of(summary, Duration::ZERO, Course::default());
            serde_json::to_string(&line).unwrap()
        };
        assert_eq!(shown(&merged), shown(&whole));
        assert_eq!(merged.findings[0].runs, 2, "one cause on two machines");
        assert_eq!(course.seeds_run, Some(vec![(0, 4)].into()));
    }

    #[test]
    fn the_same_seeds_twice_are_refused() {
        let clash = merge(&[
            report("a", (0, 10)),
            report("b", (20, 30)),
            report("c", (25, 40)),
        ]);
        assert_eq!(
            clash.unwrap_err().to_string(),
            "b and c both ran the seeds 25..30: give each machine a shard of its own, and each report once"
        );
    }

    #[test]
    fn different_systems_and_single_faults_twice_are_refused() {
        let (mut one, mut two) = (report("a", (0, 1)), report("b", (1, 2)));
        one.1.course.cuts = Some(Met::default());
        two.1.course.cuts = Some(Met::default());
        let clash = merge(&[one.clone(), two.clone()]).unwrap_err();
        assert!(matches!(clash, Clash::SinglesTwice { .. }), "{clash}");
        two.1.course.cuts = None;
        assert!(merge(&[one.clone(), two.clone()]).is_ok());
        two.1.course.system = Some("double-undo".to_owned());
        let clash = merge(&[one, two]).unwrap_err();
        assert!(matches!(clash, Clash::Different { .. }), "{clash}");
    }

    #[test]
    fn a_machines_own_floor_is_forgotten_and_its_other_doubts_are_not() {
        let (name, mut line) = report("a", (0, 1));
        let mut summary = line.summary();
        summary.runs = 1_000;
        line = SummaryLine::of(&summary, Duration::ZERO, line.course);
        line.course.inconclusive = Floor::of(&summary).missing();
        assert!(!line.course.inconclusive.is_empty());
        line.course.inconclusive.push("it was stopped".to_owned());
        let (_, course) = merge(&[(name, line)]).unwrap();
        assert_eq!(course.inconclusive, ["a: it was stopped"]);
    }
}
