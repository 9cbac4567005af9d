//! Corpus fuzzing, `run --corpus`: plans that show something new are kept, and every second run is a mutant of one.
//!
//! ```text
//!  corpus folder ──► run every plan once ──► round: seeds and mutants ──► new plans ──► corpus folder
//!                                               ▲                          │
//!                                               └──────────────────────────┘
//! ```
//!
//! A round is made of the corpus as it was when the round began. The plans that join during the round do not change it,
//! so the same folder and the same seeds give the same runs with any number of workers.

use std::{num::NonZeroUsize, ops::Range, path::Path, time::Duration};

use anyhow::Result;
use likewise_reports::{analysis::CorpusTally, analysis::Ranges};
use likewise_search::{
    campaign::{EndReason, Plans},
    corpus::Corpus,
};
use likewise_world::{System, plan::Plan};

use crate::{corpus_folder::CorpusFolder, paths, progress::Progress, session::Session};

/// A campaign over seeds and over mutants of the plans of a corpus.
pub(super) struct CorpusFuzzing {
    folder: CorpusFolder,
    loaded: Vec<Plan>,
    corpus: Corpus,
    seeds: Range<u64>,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
}

impl CorpusFuzzing {
    /// Reads the corpus.
    ///
    /// # Errors
    /// A plan in the folder is invalid, or the folder cannot be read.
    pub(super) fn new(
        system: &dyn System,
        folder: &Path,
        seeds: Range<u64>,
        jobs: Option<NonZeroUsize>,
        budget: Option<Duration>,
    ) -> Result<Self> {
        let (folder, loaded) = CorpusFolder::open(system, folder)?;
        Ok(Self {
            folder,
            loaded,
            corpus: Corpus::default(),
            seeds,
            jobs,
            budget,
        })
    }

    /// Runs the corpus, then rounds of seeds and mutants, until the seeds or the budget are used up or the plateau is
    /// reached.
    ///
    /// Plans of the folder run first, because what they show is known and must not count as new in this session.
    pub(super) fn run(mut self, session: &mut Session) {
        session.keep_new_plans();
        let mut progress = self.progress(session);
        let loaded = std::mem::take(&mut self.loaded);
        let mut counts = CorpusTally {
            loaded: loaded.len() as u64,
            ..CorpusTally::default()
        };
        let first = self.seeds.start;
        let mut is_complete = self.run_round(session, &mut progress, loaded, &mut counts);
        let mut end = first;
        while is_complete {
            let plans = self.corpus.round(session.system(), &mut self.seeds);
            if plans.is_empty() {
                break;
            }
            is_complete = self.run_round(session, &mut progress, plans, &mut counts);
            end = self.seeds.start;
        }
        drop(progress);
        self.report(session, first..end, counts);
    }

    /// With a budget the bar shows time, because the number of runs is unknown.
    fn progress(&self, session: &Session) -> Progress {
        let quiet = session.is_json();
        match self.budget {
            Some(budget) => Progress::of_budget("fuzzing", budget, quiet),
            None => {
                let seeds = self.seeds.end.saturating_sub(self.seeds.start);
                // Each seed is followed by one mutant.
                let runs = seeds.saturating_mul(2);
                let runs = runs.saturating_add(self.loaded.len() as u64);
                Progress::of_runs("fuzzing", runs, quiet)
            }
        }
    }

    /// Runs plans, and keeps those that show something new. Returns whether all of them were run, so that the next
    /// round may start.
    fn run_round(
        &mut self,
        session: &mut Session,
        progress: &mut Progress,
        plans: Vec<Plan>,
        counts: &mut CorpusTally,
    ) -> bool {
        // The budget is for the whole session, so each round gets what is left of it.
        let left = self
            .budget
            .map(|budget| budget.saturating_sub(session.elapsed()));
        let campaign = session.campaign(Plans::List(plans), self.jobs, left);
        let finished = session.run_campaign(&campaign, progress, |_| {});
        for plan in session.take_new_plans() {
            let stored = self.folder.store(&plan);
            if session.require_written(stored) == Some(true) {
                counts.kept += 1;
            }
            self.corpus.join(plan);
        }
        finished.ended == EndReason::AllRun
    }

    fn report(&self, session: &mut Session, seeds: Range<u64>, mut counts: CorpusTally) {
        counts.mutants = self.corpus.mutants();
        let path = paths::relative(self.folder.path());
        let corpus = format!(
            "{}: {} plans loaded, {} added, {} mutants made",
            path.display(),
            counts.loaded,
            counts.kept,
            counts.mutants
        );
        session.add_note("corpus", corpus);
        session.meta.corpus = Some(counts);
        session.meta.novelty = Some(session.novelty());
        let mut ran = Ranges::default();
        ran.insert(seeds);
        session.meta.seeds_run = Some(ran);
    }
}
