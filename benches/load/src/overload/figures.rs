//! The figures of an overload, as JSON and as text. The fields keep their names in JSON, where scripts read them.

use std::{collections::BTreeMap, ops::Range};

use serde::Serialize;

use super::{
    recovery::Recovery,
    window::{self, Window},
};
use crate::{
    consistency::ConsistencyReport,
    load_report::LoadReport,
    samples::Sample,
    schedule::Phase,
    text,
    threshold::{self, Threshold},
    time_series::SecondRow,
};

/// The seconds at the start of a phase that no window contains: the queue of admitted requests is still filling.
const FILL_SECONDS: u32 = 2;

/// Everything that an overload measured.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    system: String,
    /// Clients and likes per second in the closed loop.
    #[serde(rename = "search")]
    peak_search: Vec<(u32, f64)>,
    /// The largest of these rates, and the rate of the same clients after the overload.
    pub(super) peak_before: f64,
    pub(super) peak_after: f64,
    offered_per_second: u32,
    /// At half the peak, before the overload.
    #[serde(rename = "calm")]
    half_peak: Window,
    /// At twice the peak.
    pub(super) overload: Window,
    pub(super) recovery: Recovery,
    /// Memory of the services in the second and in the last quarter of the overload, in bytes.
    ///
    /// The first quarter is left out: queues fill and pools grow in it, which is no leak.
    pub(super) resident_early_bytes: u64,
    pub(super) resident_late_bytes: u64,
    /// Processor time in the open loop, as a share of one core: of the load generator, of the services with the database
    /// server, and of all other processes. The last should be close to 0.
    pub(super) generator_share: f64,
    pub(super) system_share: f64,
    pub(super) others_share: f64,
    /// The number of replies of each unexpected status. A refusal because of the load is expected.
    pub(super) unexpected: BTreeMap<u16, u64>,
    /// Requests without a definite reply. Under an overload there must be none: a refusal is definite.
    pub(super) in_doubt: u64,
    #[serde(rename = "books")]
    pub(super) consistency: ConsistencyReport,
    #[serde(rename = "bars")]
    pub(super) thresholds: Vec<Threshold>,
    series: Vec<SecondRow>,
}

impl Figures {
    /// The figures of the open loop. The peak after the overload, the shares of other processes and the thresholds are
    /// filled in later.
    pub(super) fn of_phases(
        peak_search: Vec<(u32, f64)>,
        peak_before: f64,
        phases: &[Phase; 3],
        report: LoadReport,
        samples: &[Sample],
    ) -> Self {
        let micros = |seconds: u32| u64::from(seconds) * 1_000_000;
        let start = phases[0].seconds;
        let end = start + phases[1].seconds;
        let load_end = end + phases[2].seconds;
        let half_peak = Window::of(samples, micros(FILL_SECONDS)..micros(start));
        // What is normal is measured on the same machine, seconds before the overload.
        let normal_micros = half_peak.done_since_due.p99_micros;
        let resident = |seconds| resident_max(&report.series, seconds);
        let quarter = phases[1].seconds / 4;
        let requests = (report.likes + report.unlikes + report.reads) as f64;
        let cpu_micros = report.cpu_micros_per_request() * requests.max(1.0);
        Self {
            system: report.system.clone(),
            peak_search,
            peak_before,
            peak_after: 0.0,
            offered_per_second: phases[1].rate,
            overload: Window::of(samples, micros(start + FILL_SECONDS)..micros(end)),
            recovery: Recovery::of(samples, micros(end)..micros(load_end), normal_micros),
            half_peak,
            resident_early_bytes: resident(start + quarter..start + 2 * quarter),
            resident_late_bytes: resident(end - quarter..end),
            generator_share: 0.0,
            system_share: cpu_micros / 1e6 / report.seconds,
            others_share: 0.0,
            unexpected: report.unexpected,
            in_doubt: report.in_doubt,
            consistency: report.consistency,
            thresholds: Vec::new(),
            series: report.series,
        }
    }

    /// The mean of both peaks, because the speed of the machine may drift.
    pub(super) fn peak(&self) -> f64 {
        f64::midpoint(self.peak_before, self.peak_after)
    }

    pub(super) fn text(&self) -> String {
        let windows = [
            ("half the peak", &self.half_peak),
            ("twice the peak", &self.overload),
        ];
        format!(
            "{}\npeak {:.0} likes per second before and {:.0} after; offered {} per second\n{}\n\
             processor time, of one core: services and database {:.0} %, load generator {:.0} %, all others {:.0} %\n{}{}\n",
            self.system,
            self.peak_before,
            self.peak_after,
            self.offered_per_second,
            window::table(&windows),
            self.system_share * 100.0,
            self.generator_share * 100.0,
            self.others_share * 100.0,
            text::consistency(&self.consistency),
            threshold::table(&self.thresholds)
        )
    }
}

/// The largest resident memory within a span of seconds.
fn resident_max(series: &[SecondRow], seconds: Range<u32>) -> u64 {
    // A row is named after the second in which it ends.
    let within = series
        .iter()
        .filter(|row| seconds.contains(&(row.second - 1)));
    within.map(|row| row.resident_bytes).max().unwrap_or(0)
}
