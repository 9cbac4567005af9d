//! A search over pairs or triples of faults: it makes one plan at a time, can be stopped and resumed, and can be split
//! over machines.
//!
//! Each combination has a number, and its plan is made from the number when its turn comes. So half a million
//! plans are never in memory at once, and a shard or the state of a search is only a range of numbers.
//!
//! Some combinations are not run. A fault has no effect before it fires. If the run of fault A alone never reaches the
//! injection point of fault B, then A and B together give the run of A, event for event. One in 1,000 of these is run as
//! a check. Such a fault must not violate anything itself, otherwise it proves nothing and its combinations are run.

use std::{num::NonZeroUsize, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use likewise_search::{
    campaign::{Done, EndReason, Plans, run_each},
    exhaustive::{Choice, Combination, Combinations, Covered},
};
use likewise_world::record::RunRecord;

use super::{arguments::Arguments, search_state::SearchState};
use crate::{
    arguments::{Common, Shrinking},
    exit::{Exit, UsageError},
    paths,
    progress::Progress,
    session::Session,
    shell,
    stopwatch::Stopwatch,
    suite::Suite,
};

/// The time between two writes of the search state. If the machine fails, at most this much work is lost.
const WRITE_INTERVAL: Duration = Duration::from_secs(5);

/// A search, new or resumed.
pub(super) struct Search {
    combinations: Arc<Combinations>,
    state: SearchState,
    session: Session,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
    shrinking: Shrinking,
    /// Measures the time since the last write of the search state.
    written: Stopwatch,
}

impl Search {
    /// The search that the arguments ask for, or nothing if they ask for single faults only.
    pub(super) fn new(suite: &'static Suite, arguments: &Arguments) -> Result<Option<Self>> {
        let choice = match (&arguments.resume, arguments.pairs, arguments.triples) {
            (Some(folder), ..) => return Self::resume(suite, folder, arguments).map(Some),
            (_, true, _) => Choice::Pairs,
            (_, _, Some(count)) => Choice::Triples {
                count,
                seed: arguments.seed,
            },
            _ => return Ok(None),
        };
        let combinations = combinations(suite, choice)?;
        let all = 0..combinations.count();
        let part = arguments.shard.map(|shard| shard.part_of(&all));
        let state = SearchState::new(&combinations, part.unwrap_or(all));
        let session = Session::start(suite, &arguments.common)?;
        Ok(Some(Self::over(combinations, state, session, arguments)))
    }

    /// The folder is made absolute first, so that `latest` is followed once and the search stays in the folder that
    /// it began in.
    fn resume(suite: &'static Suite, folder: &Path, arguments: &Arguments) -> Result<Self> {
        let state = SearchState::read(folder)?;
        let combinations = combinations(suite, state.combined.choice)?;
        state.require_same(&combinations)?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot find {}", folder.display()))?;
        let (Some(root), Some(id)) = (folder.parent(), folder.file_name()) else {
            let reason = format!("{} is not the folder of a campaign", folder.display());
            return Err(UsageError(reason).into());
        };
        let common = Common {
            out: Some(root.to_owned()),
            ..arguments.common.clone()
        };
        let mut session = Session::start_in(suite, &common, &id.to_string_lossy())?;
        if let Some(report) = &state.report {
            session.resume(report, state.explored.clone());
        }
        Ok(Self::over(combinations, state, session, arguments))
    }

    fn over(
        combinations: Combinations,
        state: SearchState,
        session: Session,
        arguments: &Arguments,
    ) -> Self {
        Self {
            combinations: Arc::new(combinations),
            state,
            session,
            jobs: arguments.jobs,
            budget: arguments.budget,
            shrinking: arguments.shrinking.clone(),
            written: Stopwatch::start(),
        }
    }

    /// Runs what is left, and judges the whole search.
    pub(super) fn run(mut self) -> Result<Exit> {
        let ended = self.run_left();
        self.judge(ended);
        self.session.recheck_determinism();
        self.session.shrink_failures(&self.shrinking);
        self.session.show_examples();
        self.write();
        self.session.finish()
    }

    fn run_left(&mut self) -> EndReason {
        let numbers = self.state.numbers.clone();
        let (total, done) = (numbers.end - numbers.start, self.state.next - numbers.start);
        let name = self.combinations.choice().name();
        let mut progress = Progress::of_long_search(name, total, done, self.session.is_json());
        let first = self.state.next;
        let plans = Plans::Combined(Arc::clone(&self.combinations), self.state.left());
        let left = self
            .budget
            .map(|budget| budget.saturating_sub(self.session.elapsed()));
        let campaign = self.session.campaign(plans, self.jobs, left);
        // Runs end in any order, but they arrive here in the order of their numbers.
        let finished = run_each(&campaign, |done| {
            self.record(first + done.place, done);
            progress.skip_to(self.state.next - numbers.start);
            progress.add_run(self.session.summary.violated_runs);
            if self.written.elapsed() >= WRITE_INTERVAL {
                self.write();
            }
            ControlFlow::Continue(())
        });
        self.count_proven_before(first + finished.delivered);
        finished.ended
    }

    /// Records the run of a combination. The combinations before it that did not come here needed no run.
    ///
    /// Combinations without a run are counted here as well, so that `next` always says how far the search is:
    /// everything before it is decided.
    fn record(&mut self, number: u64, done: Done) {
        self.count_proven_before(number);
        self.state.next = number + 1;
        let Some(combination) = self.combinations.get(number) else {
            return;
        };
        let covered = match done.result {
            Ok(record) => {
                self.session.record_run(&record, done.wall);
                if let Some(fault) = self.combinations.equivalent_fault(&combination) {
                    self.state.combined.count_proven(number..number + 1);
                    return self.compare(&combination, fault, &record);
                }
                Some(self.covered(&combination, &record))
            }
            Err(broken) => {
                self.session.record_broken_run(&broken.plan, &broken.reason);
                None
            }
        };
        self.state.combined.count(number, covered);
    }

    /// Counts the combinations before a number that needed no run, because they equal the run of one of their faults.
    ///
    /// The iterator of plans leaves proven combinations out. So a gap between two delivered numbers is exactly those.
    fn count_proven_before(&mut self, number: u64) {
        let proven = self.state.next..number;
        self.state.next = number;
        if !proven.is_empty() {
            self.state.combined.count_proven(proven);
        }
    }

    /// Compares a run with the run of the single fault that it must equal.
    fn compare(&mut self, combination: &Combination, fault: usize, record: &RunRecord) {
        let alone = self.combinations.single_fault_run(combination.base, fault);
        if alone.is_some_and(|alone| alone.hash == record.hash) {
            self.state.combined.compared += 1;
            return;
        }
        self.session.note(Exit::NotDeterministic);
        let written = self.session.archive().write_plan(&record.plan);
        let plan = self.session.require_written(written);
        let suite = self.session.suite();
        let replay = plan.map(|plan| shell::replay_file(suite, &paths::relative(&plan)));
        let name = &record.plan.name;
        let differs =
            format!("{name} is not the run of its first fault alone, which it must equal");
        self.session.add_note("differs", differs);
        self.session.add_line_to_paste(replay.unwrap_or_default());
    }

    /// How a run covers its combination. A fault that did not fire is excused only if it fires alone: then the other
    /// faults must have prevented it.
    fn covered(&self, combination: &Combination, record: &RunRecord) -> Covered {
        let all = &self.combinations;
        Combinations::covered(combination, record, |base, fault| {
            all.single_fault_run(base, fault)
                .is_some_and(|alone| alone.fires)
        })
    }

    /// Prints what is covered. The search is inconclusive if something is left or not covered.
    fn judge(&mut self, ended: EndReason) {
        let name = self.combinations.choice().name();
        let (numbers, combined) = (&self.state.numbers, &self.state.combined);
        let total = numbers.end - numbers.start;
        let left = numbers.end - self.state.next;
        eprintln!(
            "{} of {total} {name} covered: in {} every fault fired, in {} one fault prevented another",
            combined.covered(),
            combined.all_fired,
            combined.prevented
        );
        eprintln!(
            "  {} equal the run of one fault alone by proof; {} of these were run as a check and are equal",
            combined.by_proof, combined.compared
        );
        if combined.missed > 0 {
            let missed = combined.missed;
            self.session
                .note_inconclusive(format!("{missed} {name} were run and are not covered"));
        }
        if left > 0 {
            let reason = match ended {
                EndReason::BudgetUsedUp => "the budget was used up",
                _ => "it was stopped",
            };
            self.session
                .note_inconclusive(format!("{reason}: {left} of {total} {name} are left"));
            let folder = self.session.quoted_folder();
            let command = self.session.suite().command;
            eprintln!("to resume: {command} exhaust --resume {folder}");
        }
        self.session.meta.combinations = Some(self.state.combined.clone());
    }

    /// State and report are one file. Two files could be of different moments after a power failure.
    fn write(&mut self) {
        self.written = Stopwatch::start();
        self.session.meta.combinations = Some(self.state.combined.clone());
        self.state.report = Some(self.session.report());
        self.state.explored = self.session.explored();
        let written = self.state.write(self.session.archive());
        self.session.require_written(written);
    }
}

fn combinations(suite: &Suite, choice: Choice) -> Result<Combinations> {
    Combinations::of(suite.system, choice)
        .map_err(|error| anyhow!("a base saga cannot be run: {error}"))
}
