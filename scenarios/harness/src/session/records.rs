//! Takes the runs in, one at a time: counts them, writes those that matter, and prints them for programs.
//!
//! A campaign runs on many threads and delivers its records in the order of the plans. What is made of them here
//! therefore never depends on which thread was faster.

use std::{io, num::NonZeroUsize, ops::ControlFlow, path::PathBuf, time::Duration};

use likewise_reports::{
    archive::RunRole,
    ndjson::{self, RunLine},
};
use likewise_search::campaign::{Campaign, EndReason, Finished, NoRecord, Plans, run_each};
use likewise_world::{plan::Plan, record::RunRecord};
use serde::Serialize;

use super::state::Session;
use crate::{exit::Exit, interrupt, paths, progress::Progress, shell};

/// Violating runs that are written with all their events. Of further ones only the plan is written, because it
/// reproduces the run.
const RUNS_WRITTEN_MAX: u64 = 20;

impl Session {
    /// A campaign over these plans, which Ctrl-C or SIGTERM stops.
    pub(crate) fn campaign(
        &self,
        plans: Plans,
        jobs: Option<NonZeroUsize>,
        budget: Option<Duration>,
    ) -> Campaign<'static> {
        Campaign {
            system: self.system(),
            plans,
            jobs,
            budget,
            stop: &interrupt::STOP,
        }
    }

    /// Runs plain seeds and records their runs. Only these say what further seeds would show.
    pub(crate) fn run_seeds(
        &mut self,
        campaign: &Campaign<'_>,
        progress: &mut Progress,
    ) -> Finished {
        self.is_over_seeds = true;
        let finished = self.run_campaign(campaign, progress, |_| {});
        self.is_over_seeds = false;
        finished
    }

    /// Runs plans and records their runs. `on_record` sees every record first.
    ///
    /// A run that breaks does not end the campaign. It is a defect of the harness, which the exit code reports; the
    /// other runs still say something about the product.
    pub(crate) fn run_campaign(
        &mut self,
        campaign: &Campaign<'_>,
        progress: &mut Progress,
        mut on_record: impl FnMut(&RunRecord),
    ) -> Finished {
        let finished = run_each(campaign, |done| {
            match done.result {
                Ok(record) => {
                    on_record(&record);
                    self.record_run(&record, done.wall);
                }
                Err(broken) => self.record_broken_run(&broken.plan, &broken.reason),
            }
            progress.add_run(self.summary.violated_runs);
            // Workers may have run further plans by now. These do not count, so the plateau is always the same one.
            match self.explored.novelty.is_plateau() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        if finished.ended == EndReason::Stopped {
            self.note_inconclusive("it was stopped".to_owned());
        }
        finished
    }

    /// Records a run of the product, and prints it for programs.
    pub(crate) fn record_run(&mut self, record: &RunRecord, wall: Duration) {
        let replay = self.record_run_quietly(record, wall);
        if self.json {
            self.print_json(&RunLine::of(record, wall, replay.as_deref()));
        }
    }

    /// Records a run and prints nothing. Returns the command that replays it.
    ///
    /// The order of the notes matters: a violating run is written before it is counted, because the limit of written
    /// runs counts the earlier ones.
    pub(crate) fn record_run_quietly(
        &mut self,
        record: &RunRecord,
        wall: Duration,
    ) -> Option<String> {
        let replay = match record.is_green() {
            true => self.replay_by_seed(&record.plan),
            false => Some(self.write_violation(record)),
        };
        // Only the first run of a finding is returned: it stands for all runs that fail in the same way.
        if let Some(finding) = self.summary.add(record, wall) {
            finding.replay.clone_from(&replay);
            let why = finding.why.clone();
            self.note_failure(record, why.as_ref());
            self.show(RunRole::Failure, record);
        }
        if let (false, Some(replay)) = (record.is_green(), &replay) {
            let folder = self.is_shown(record);
            let folder = folder.then(|| self.archive.names().run_folder(&record.plan));
            self.summary
                .run_index
                .locate(record, folder, replay.clone());
        }
        self.note_novelty(record);
        if self.is_over_seeds {
            self.discovery.add(record);
        }
        self.examples.consider(record);
        self.keep_for_recheck(record);
        if !record.is_green() {
            self.note(Exit::Violated);
        }
        replay
    }

    /// Records the one run that the user asked for. The report shows it whether it passed or not.
    pub(crate) fn record_replay(&mut self, record: &RunRecord, wall: Duration) {
        self.show(RunRole::Replayed, record);
        self.record_run(record, wall);
    }

    /// Records a run that was made elsewhere, so the origin of the report is unknown.
    pub(crate) fn record_foreign_run(&mut self, record: &RunRecord) {
        self.meta.provenance = None;
        self.show(RunRole::Replayed, record);
        self.record_run_quietly(record, Duration::ZERO);
    }

    /// Records a run that has no record: it broke, or it reached its own limit.
    pub(crate) fn record_broken_run(&mut self, plan: &Plan, reason: &NoRecord) {
        let written = self.archive.write_plan(plan);
        let replay = self.replay_command(plan, written);
        let what = format!("{}: {reason}", plan.name);
        if reason.is_cut_off {
            self.cut_off_runs += 1;
            return self.note_inconclusive(what);
        }
        self.note(Exit::Internal);
        self.meta.broken_runs += 1;
        self.broken.push((what, replay));
    }

    /// Writes a violating run. Returns the command that replays it.
    pub(crate) fn write_violation(&mut self, record: &RunRecord) -> String {
        let written = match self.summary.violated_runs < RUNS_WRITTEN_MAX {
            true => self.archive.write_run(record),
            false => self.archive.write_plan(&record.plan),
        };
        self.replay_command(&record.plan, written)
    }

    /// The command that replays a plan: by its seed if it has one, else by its file.
    pub(super) fn replay_command(&mut self, plan: &Plan, written: io::Result<PathBuf>) -> String {
        let path = self.require_written(written);
        match (self.replay_by_seed(plan), path) {
            (Some(command), _) => command,
            (None, Some(path)) => shell::replay_file(self.suite, &paths::relative(&path)),
            (None, None) => "not possible: the plan could not be written".to_owned(),
        }
    }

    /// The command that replays a plan by its seed, if the seed generates it.
    fn replay_by_seed(&self, plan: &Plan) -> Option<String> {
        let seed = self.archive.names().replay_argument(plan)?;
        Some(shell::replay(self.suite, &seed))
    }

    /// Prints an object for programs.
    ///
    /// An error is kept for the end. If the reader has gone, the files on disk are still wanted.
    pub(crate) fn print_json(&mut self, object: &impl Serialize) {
        let mut stdout = io::stdout().lock();
        if let Err(error) = ndjson::write(&mut stdout, object) {
            self.keep_write_error(error, "cannot write to standard output".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{arguments::Common, suite::Suite};

    /// The exit of a session with one run that has no record, and the plan that it kept.
    fn without_record(is_cut_off: bool) -> (Exit, u64, Plan) {
        let folder = tempfile::tempdir().unwrap();
        let common = Common {
            out: Some(folder.path().to_owned()),
            ..Common::default()
        };
        let mut session = Session::start(Suite::empty(), &common).unwrap();
        let reason = NoRecord {
            message: "on purpose".to_owned(),
            is_cut_off,
        };
        session.record_broken_run(&Suite::clean_plan(), &reason);
        let folder = session.archive().folder();
        let names = session.archive().names();
        let kept = folder.join(names.run_folder(&Suite::clean_plan()));
        let kept = kept.join("plan.json");
        let plan = likewise_world::plan::read(Suite::empty().system, &kept).unwrap();
        let broken_runs = session.meta.broken_runs;
        (session.finish().unwrap(), broken_runs, plan)
    }

    /// A defect of the harness must be as easy to reproduce as one of the product.
    #[test]
    fn a_run_that_breaks_is_exit_70_and_its_plan_is_written() {
        assert_eq!(
            without_record(false),
            (Exit::Internal, 1, Suite::clean_plan())
        );
    }

    #[test]
    fn a_run_that_reaches_its_own_limit_is_inconclusive_and_its_plan_is_written() {
        assert_eq!(
            without_record(true),
            (Exit::Inconclusive, 0, Suite::clean_plan())
        );
    }
}
