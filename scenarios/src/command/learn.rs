//! A campaign that learns: plans that showed something new are kept, and of every two runs one is a mutant of them.

use std::{num::NonZeroUsize, ops::Range, path::Path, time::Duration};

use anyhow::Result;
use likewise_reports::{ranges::Ranges, report::Kept};
use likewise_scenarios::folder;
use likewise_sim::{
    campaign::{EndReason, Plans},
    corpus::Corpus,
    plan::Plan,
};

use crate::{
    corpus::Folder,
    progress::Progress,
    sitting::{Sitting, campaign},
};

/// A campaign over seeds and the mutants of a corpus.
pub(super) struct Learning {
    folder: Folder,
    loaded: Vec<Plan>,
    corpus: Corpus,
    seeds: Range<u64>,
    jobs: Option<NonZeroUsize>,
    budget: Option<Duration>,
}

impl Learning {
    /// Reads the corpus.
    pub(super) fn new(
        folder: &Path,
        seeds: Range<u64>,
        jobs: Option<NonZeroUsize>,
        budget: Option<Duration>,
    ) -> Result<Self> {
        let (folder, loaded) = Folder::read(folder)?;
        Ok(Self {
            folder,
            loaded,
            corpus: Corpus::default(),
            seeds,
            jobs,
            budget,
        })
    }

    /// Runs the corpus again, then round after round, until the seeds or the budget are used up, or there is a plateau.
    pub(super) fn run(mut self, sitting: &mut Sitting) {
        sitting.keep_news();
        let mut progress = self.progress(sitting);
        let loaded = std::mem::take(&mut self.loaded);
        let mut kept = Kept {
            loaded: loaded.len() as u64,
            ..Kept::default()
        };
        let first = self.seeds.start;
        let mut whole = self.round(sitting, &mut progress, loaded, &mut kept);
        let mut after = first;
        while whole {
            let plans = self.corpus.round(&mut self.seeds);
            if plans.is_empty() {
                break;
            }
            whole = self.round(sitting, &mut progress, plans, &mut kept);
            after = self.seeds.start;
        }
        drop(progress);
        self.judge(sitting, first..after, kept);
    }

    fn progress(&self, sitting: &Sitting) -> Progress {
        let quiet = sitting.is_for_programs();
        match self.budget {
            Some(budget) => Progress::of_budget("learning", budget, quiet),
            // A mutant for every seed.
            None => {
                let seeds = self.seeds.end.saturating_sub(self.seeds.start);
                let runs = seeds.saturating_mul(2);
                let runs = runs.saturating_add(self.loaded.len() as u64);
                Progress::of_runs("learning", runs, quiet)
            }
        }
    }

    /// Runs some plans, and keeps those that show something new. Returns whether the next round may begin.
    fn round(
        &mut self,
        sitting: &mut Sitting,
        progress: &mut Progress,
        plans: Vec<Plan>,
        kept: &mut Kept,
    ) -> bool {
        let left = self
            .budget
            .map(|budget| budget.saturating_sub(sitting.elapsed()));
        let campaign = campaign(Plans::List(plans), self.jobs, left);
        let finished = sitting.campaign(&campaign, progress, |_| {});
        for plan in sitting.take_news() {
            let written = self.folder.keep(&plan);
            if sitting.require_written(written) == Some(true) {
                kept.kept += 1;
            }
            self.corpus.join(plan);
        }
        finished.ended == EndReason::AllRun
    }

    fn judge(&self, sitting: &mut Sitting, seeds: Range<u64>, mut kept: Kept) {
        kept.mutants = self.corpus.mutants();
        let path = folder::shown(self.folder.path());
        sitting.say(format!(
            "corpus      {}: {} loaded, {} new, {} mutants made",
            path.display(),
            kept.loaded,
            kept.kept,
            kept.mutants
        ));
        sitting.course.corpus = Some(kept);
        sitting.course.seen = Some(sitting.novelty());
        let mut ran = Ranges::default();
        ran.insert(seeds);
        sitting.course.seeds_run = Some(ran);
    }
}
