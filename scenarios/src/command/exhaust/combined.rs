//! A search over combinations of faults: made one by one, stopped and gone on with, cut into shards.

use std::{num::NonZeroUsize, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use likewise_scenarios::folder;
use likewise_sim::{
    campaign::{self, Done, EndReason, Plans},
    exhaustive::{Choice, Combination, Combinations, Covered},
    record::RunRecord,
};

use super::{Arguments, state::State};
use crate::{
    arguments::{Common, Shrinking},
    exit::{Exit, Misuse},
    progress::Progress,
    sitting::{Sitting, campaign, replay_command},
    stopwatch::Stopwatch,
};

/// How often it is written how far the search is: so much is lost at most if the machine goes down.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// A search, begun or gone on with.
pub(super) struct Search {
    combinations: Arc<Combinations>,
    state: State,
    sitting: Sitting,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
    shrinking: Shrinking,
    /// Since it was last written how far it is.
    written: Stopwatch,
}

impl Search {
    /// The search that is asked for; nothing, if it is only for single faults.
    pub(super) fn wanted(arguments: &Arguments) -> Result<Option<Self>> {
        let choice = match (&arguments.resume, arguments.pairs, arguments.triples) {
            (Some(folder), ..) => return Self::resumed(folder, arguments).map(Some),
            (_, true, _) => Choice::Pairs,
            (_, _, Some(count)) => Choice::Triples {
                count,
                seed: arguments.seed,
            },
            _ => return Ok(None),
        };
        let combinations = combinations(choice)?;
        let all = 0..combinations.count();
        let places = arguments.shard.map_or(all.clone(), |shard| shard.cut(&all));
        let state = State::new(&combinations, places);
        let sitting = Sitting::begin(&arguments.common);
        Ok(Some(Self::over(combinations, state, sitting, arguments)))
    }

    fn resumed(folder: &Path, arguments: &Arguments) -> Result<Self> {
        let state = State::read(folder)?;
        let combinations = combinations(state.combined.choice)?;
        state.require(&combinations)?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot find {}", folder.display()))?;
        let (Some(root), Some(id)) = (folder.parent(), folder.file_name()) else {
            return Err(Misuse(format!("{} is no campaign's folder", folder.display())).into());
        };
        let common = Common {
            out: Some(root.to_owned()),
            ..arguments.common.clone()
        };
        let mut sitting = Sitting::named(&common, &id.to_string_lossy());
        if let Some(report) = &state.report {
            sitting.go_on(report, state.explored.clone());
        }
        Ok(Self::over(combinations, state, sitting, arguments))
    }

    fn over(
        combinations: Combinations,
        state: State,
        sitting: Sitting,
        arguments: &Arguments,
    ) -> Self {
        Self {
            combinations: Arc::new(combinations),
            state,
            sitting,
            jobs: arguments.jobs,
            budget: arguments.budget,
            shrinking: arguments.shrinking.clone(),
            written: Stopwatch::start(),
        }
    }

    /// Runs what is left.
    pub(super) fn run(mut self) -> Result<Exit> {
        let name = self.combinations.choice().name();
        let places = self.state.places.clone();
        let (total, done) = (places.end - places.start, self.state.next - places.start);
        let quiet = self.sitting.is_for_programs();
        let mut progress = Progress::of_many(name, total, done, quiet);
        let (begin, first) = (places.start, self.state.next);
        let plans = Plans::Combined(Arc::clone(&self.combinations), self.state.left());
        let budget = self
            .budget
            .map(|budget| budget.saturating_sub(self.sitting.elapsed()));
        let finished = campaign::run_each(&campaign(plans, self.jobs, budget), |done| {
            let number = first + done.place;
            self.take(number, done);
            progress.jump(self.state.next - begin);
            progress.step(self.sitting.summary.violated_runs);
            if self.written.elapsed() >= WRITE_EVERY {
                self.write();
            }
            ControlFlow::Continue(())
        });
        drop(progress);
        self.pass_to(first + finished.delivered);
        self.judge(finished.ended);
        self.sitting.run_some_again();
        self.sitting.shrink_failures(&self.shrinking);
        self.sitting.show_examples();
        self.write();
        self.sitting.end()
    }

    /// Takes a run in; what was passed over on the way to it needed none.
    fn take(&mut self, number: u64, done: Done) {
        self.pass_to(number);
        self.state.next = number + 1;
        let Some(combination) = self.combinations.get(number) else {
            return;
        };
        let covered = match done.result {
            Ok(record) => {
                self.sitting.take(&record, done.wall);
                if let Some(fault) = self.combinations.equivalent_fault(&combination) {
                    self.state.combined.count_proven(number..number + 1);
                    return self.compare(&combination, fault, &record);
                }
                Some(self.covered(&combination, &record))
            }
            Err(broken) => {
                self.sitting.take_broken(&broken.plan, &broken.message);
                None
            }
        };
        self.state.combined.count(number, covered);
    }

    /// Counts those that needed no run, up to a number.
    fn pass_to(&mut self, number: u64) {
        let proven = self.state.next..number;
        self.state.next = number;
        if !proven.is_empty() {
            self.state.combined.count_proven(proven);
        }
    }

    /// Holds a run against that of the one fault which it should be.
    fn compare(&mut self, combination: &Combination, fault: usize, record: &RunRecord) {
        let alone = self.combinations.single_fault_run(combination.base, fault);
        if alone.is_some_and(|alone| alone.hash == record.hash) {
            self.state.combined.compared += 1;
            return;
        }
        self.sitting.note(Exit::NotDeterministic);
        let written = self.sitting.artefacts().write_plan(&record.plan);
        let plan = self.sitting.require_written(written);
        let shown = plan.map(|plan| replay_command(&folder::shown(&plan)));
        self.sitting.say(format!(
            "not the run of its first fault alone, as it should be: {}\n  replay: {}",
            record.plan.name,
            shown.unwrap_or_default()
        ));
    }

    fn covered(&self, combination: &Combination, record: &RunRecord) -> Covered {
        let all = &self.combinations;
        Combinations::covered(combination, record, |base, fault| {
            all.single_fault_run(base, fault).is_some_and(|alone| alone.fires)
        })
    }

    /// Says what was covered; what is left makes the search inconclusive.
    fn judge(&mut self, ended: EndReason) {
        let name = self.combinations.choice().name();
        let (places, combined) = (self.state.places.clone(), &self.state.combined);
        let (of, left) = (places.end - places.start, places.end - self.state.next);
        eprintln!(
            "{} of {of} {name} covered: in {} every fault struck, in {} one kept another from striking,",
            combined.covered(),
            combined.all_struck,
            combined.prevented
        );
        eprintln!(
            "  {} are the run of one fault alone, by proof: {} of these were run all the same, and are",
            combined.by_proof, combined.compared
        );
        if combined.missed > 0 {
            let missed = combined.missed;
            self.sitting
                .doubt(format!("{missed} {name} were run and are not covered"));
        }
        if left > 0 {
            let why = match ended {
                EndReason::BudgetUsedUp => "the budget was used up",
                _ => "it was stopped",
            };
            self.sitting
                .doubt(format!("{why}: {left} of {of} {name} are left"));
            let folder = self.sitting.shown_folder();
            eprintln!("go on with: cargo chaos exhaust --resume {folder}");
        }
        self.sitting.course.combined = Some(self.state.combined.clone());
    }

    fn write(&mut self) {
        self.written = Stopwatch::start();
        self.sitting.course.combined = Some(self.state.combined.clone());
        self.state.report = Some(self.sitting.so_far());
        self.state.explored = self.sitting.explored();
        let written = self.state.write(self.sitting.artefacts());
        self.sitting.require_written(written);
    }
}

fn combinations(choice: Choice) -> Result<Combinations> {
    Combinations::of(choice).map_err(|error| anyhow!("a saga cannot be run: {error}"))
}
