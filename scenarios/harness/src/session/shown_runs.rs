//! Chooses the runs that the report shows: every failure can be inspected, and every property has an example.
//!
//! A campaign may have millions of runs, and one record has thousands of events. Only these few runs are written with
//! their events. All others can be run again from their plans.

use likewise_reports::{
    analysis::exercised,
    archive::{LoadedCampaign, RunReference, RunRole},
};
use likewise_search::fingerprint::fingerprint;
use likewise_world::record::RunRecord;

use super::state::Session;

/// Runs that the report shows at most, for each role.
const SHOWN_MAX: usize = 20;

impl Session {
    /// Copies the runs that another campaign shows, as far as this report has no such run yet.
    ///
    /// Used by a merge: each machine wrote the events of its own shown runs.
    pub(crate) fn adopt_runs(&mut self, other: &LoadedCampaign) {
        for shown in &other.runs {
            let is_known = self.meta.shown.iter().any(|it| it.folder == shown.folder);
            let adds = shown.role != RunRole::Example || self.is_first_example(&shown.record);
            if is_known || !adds || self.is_full(shown.role) {
                continue;
            }
            let written = self.archive.write_run_at(&shown.folder, &shown.record);
            if self.require_written(written).is_some() {
                let (finding, folder) = (shown.finding.clone(), shown.folder.clone());
                self.add_reference(shown.role, finding, folder, &shown.record);
            }
        }
    }

    /// Whether a run exercises a property that has no example yet.
    fn is_first_example(&self, record: &RunRecord) -> bool {
        let has_none = |name: &str| {
            let examples = self.meta.examples.get(name);
            examples.is_none_or(|it| it.example.is_none())
        };
        record.is_green() && exercised(record).any(has_none)
    }

    fn is_full(&self, role: RunRole) -> bool {
        let shown = self.meta.shown.iter().filter(|it| it.role == role);
        shown.count() >= SHOWN_MAX
    }

    /// Writes a run and shows it in the report, unless the report shows it already or is full.
    pub(super) fn show(&mut self, role: RunRole, record: &RunRecord) {
        if self.is_shown(record) || self.is_full(role) {
            return;
        }
        let written = self.archive.write_run(record);
        if self.require_written(written).is_some() {
            let folder = self.archive.names().run_folder(&record.plan);
            self.add_reference(role, fingerprint(record), folder, record);
        }
    }

    pub(super) fn is_shown(&self, record: &RunRecord) -> bool {
        let folder = self.archive.names().run_folder(&record.plan);
        self.meta.shown.iter().any(|it| it.folder == folder)
    }

    /// Refers to a written run in the report, and to the properties that it is an example of.
    ///
    /// The first run of a property stays its example, so that links in a report do not change while a campaign goes
    /// on.
    pub(super) fn add_reference(
        &mut self,
        role: RunRole,
        finding: Option<String>,
        folder: String,
        record: &RunRecord,
    ) {
        for violation in &record.violations {
            let examples = self.meta.examples.entry(violation.property.clone());
            let counter_example = &mut examples.or_default().counter_example;
            counter_example.get_or_insert_with(|| folder.clone());
        }
        if record.is_green() && role != RunRole::Nearest {
            for name in exercised(record) {
                let examples = self.meta.examples.entry(name.to_owned());
                let example = &mut examples.or_default().example;
                example.get_or_insert_with(|| folder.clone());
            }
        }
        self.meta.shown.push(RunReference {
            role,
            finding,
            folder,
        });
    }

    /// Shows a few passing runs, so that every property has an example.
    pub(crate) fn show_examples(&mut self) {
        for record in self.examples.chosen() {
            let has_none = self.meta.shown.iter().all(|it| it.role != RunRole::Example);
            if has_none || self.is_first_example(&record) {
                self.show(RunRole::Example, &record);
            }
        }
    }
}
