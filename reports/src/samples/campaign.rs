//! A campaign made of given records.

use std::time::Duration;

use likewise_search::fingerprint::fingerprint;
use likewise_world::record::RunRecord;

use super::records;
use crate::{
    analysis::{CampaignMeta, CampaignReport, Summary},
    archive::{LoadedCampaign, LoadedRun, RunReference, RunRole, plain_name},
};

/// The totals of the green run and of the red one.
pub fn summary() -> Summary {
    let mut summary = Summary::over(["sold-equals-orders"]);
    summary.add(&records::green(), Duration::from_millis(3));
    summary.add(&records::red(), Duration::from_millis(4));
    summary
}

/// A campaign of these runs, which shows all of them.
pub fn of(records: &[(RunRole, RunRecord)], mut meta: CampaignMeta) -> LoadedCampaign {
    let mut summary = Summary::default();
    let mut runs = Vec::new();
    for (role, record) in records {
        // Without a hash of the plan, which changes with each field that plans get.
        let folder = format!("seeds/{}", plain_name(&record.plan.name));
        let replay = "cargo chaos replay plan.json".to_owned();
        if let Some(finding) = summary.add(record, Duration::from_millis(3)) {
            finding.replay = Some(replay.clone());
        }
        if !record.is_green() {
            summary
                .run_index
                .locate(record, Some(folder.clone()), replay);
        }
        let finding = fingerprint(record);
        meta.shown.push(RunReference {
            role: *role,
            finding: finding.clone(),
            folder: folder.clone(),
        });
        runs.push(LoadedRun {
            role: *role,
            finding,
            folder,
            record: record.clone(),
        });
    }
    let report = CampaignReport::of(&summary, Duration::from_millis(5), meta);
    LoadedCampaign { report, runs }
}
