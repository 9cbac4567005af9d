//! Which runs a campaign's report shows, so that each property has an example and what failed can be looked at.

use likewise_reports::{
    artefacts::run_folder,
    dossier::{Dossier, Reference, Role},
    witnesses::exercised,
};
use likewise_sim::{fingerprint::fingerprint, record::RunRecord};

use super::Sitting;

/// Runs that are shown in the report, for each reason.
const SHOWN_MAX: usize = 20;

impl Sitting {
    /// Takes over the runs that another campaign shows, as far as they add something.
    pub(crate) fn adopt(&mut self, dossier: &Dossier) {
        for shown in &dossier.runs {
            let is_known = self.course.shown.iter().any(|it| it.folder == shown.folder);
            let adds = shown.role != Role::Example || self.is_news(&shown.record);
            if is_known || !adds || self.is_full(shown.role) {
                continue;
            }
            let written = self.artefacts.write_run_at(&shown.folder, &shown.record);
            if self.require_written(written).is_some() {
                let (finding, folder) = (shown.finding.clone(), shown.folder.clone());
                self.refer(shown.role, finding, folder, &shown.record);
            }
        }
    }

    /// Whether a run puts a property to the test of which there is no example yet.
    fn is_news(&self, record: &RunRecord) -> bool {
        let lacks = |name: &str| {
            let known = self.course.witnesses.get(name);
            known.is_none_or(|it| it.example.is_none())
        };
        record.is_green() && exercised(record).any(lacks)
    }

    fn is_full(&self, role: Role) -> bool {
        let shown = self.course.shown.iter().filter(|it| it.role == role);
        shown.count() >= SHOWN_MAX
    }

    /// Writes a run and names it in the report, unless it is there already or there are enough.
    pub(super) fn show(&mut self, role: Role, record: &RunRecord) {
        if self.is_shown(record) || self.is_full(role) {
            return;
        }
        let written = self.artefacts.write_run(record);
        if self.require_written(written).is_some() {
            self.refer(role, fingerprint(record), run_folder(&record.plan), record);
        }
    }

    pub(super) fn is_shown(&self, record: &RunRecord) -> bool {
        let folder = run_folder(&record.plan);
        self.course.shown.iter().any(|it| it.folder == folder)
    }

    /// Names a run that is written in the report, and the properties that it shows.
    pub(super) fn refer(
        &mut self,
        role: Role,
        finding: Option<String>,
        folder: String,
        record: &RunRecord,
    ) {
        for violation in &record.violations {
            let witnesses = self.course.witnesses.entry(violation.property.clone());
            let counter_example = &mut witnesses.or_default().counter_example;
            counter_example.get_or_insert_with(|| folder.clone());
        }
        if record.is_green() && role != Role::Nearest {
            for name in exercised(record) {
                let witnesses = self.course.witnesses.entry(name.to_owned());
                let example = &mut witnesses.or_default().example;
                example.get_or_insert_with(|| folder.clone());
            }
        }
        self.course.shown.push(Reference {
            role,
            finding,
            folder,
        });
    }

    /// Shows a few runs in which everything held, so that every property has an example.
    pub(crate) fn show_examples(&mut self) {
        for record in self.examples.chosen() {
            let has_none = self.course.shown.iter().all(|it| it.role != Role::Example);
            if has_none || self.is_news(&record) {
                self.show(Role::Example, &record);
            }
        }
    }
}
