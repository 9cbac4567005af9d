//! The thresholds of one load: what every load must meet, and what the command line demands, such as `p99<50ms`.

use std::{str::FromStr, time::Duration};

use crate::{latencies::Quantiles, load_report::LoadReport, threshold::Threshold};

/// What to write as a threshold.
const FORMS: &str =
    "write p50<5ms, p90<…, p99<50ms, p99.9<…, max<1s, rate>1000, refused<1% or in-doubt<0.1%";

/// A demand of the command line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demand {
    text: String,
    metric: Metric,
    bound: f64,
}

/// What a demand is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    /// A quantile of the latencies of likes and unlikes, in microseconds.
    Latency(Quantile),
    /// Likes, unlikes and reads that were carried out, per second.
    Rate,
    /// The share of requests that were refused.
    Refused,
    /// The share of requests whose outcome is unknown.
    InDoubt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantile {
    P50,
    P90,
    P99,
    P999,
    Max,
}

impl FromStr for Demand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, sign, bound) = text
            .split_once('<')
            .map(|(name, bound)| (name, '<', bound))
            .or_else(|| text.split_once('>').map(|(name, bound)| (name, '>', bound)))
            .ok_or(FORMS)?;
        let (metric, wanted) = match name.trim() {
            "p50" => (Metric::Latency(Quantile::P50), '<'),
            "p90" => (Metric::Latency(Quantile::P90), '<'),
            "p99" => (Metric::Latency(Quantile::P99), '<'),
            "p99.9" => (Metric::Latency(Quantile::P999), '<'),
            "max" => (Metric::Latency(Quantile::Max), '<'),
            "rate" => (Metric::Rate, '>'),
            "refused" => (Metric::Refused, '<'),
            "in-doubt" => (Metric::InDoubt, '<'),
            _ => return Err(FORMS.to_owned()),
        };
        if sign != wanted {
            return Err(FORMS.to_owned());
        }
        let bound = match metric {
            Metric::Latency(_) => micros(likewise_cli::duration(bound.trim())?),
            Metric::Rate => likewise_cli::count(bound.trim())? as f64,
            Metric::Refused | Metric::InDoubt => share(bound.trim())?,
        };
        Ok(Self {
            text: text.to_owned(),
            metric,
            bound,
        })
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').ok_or(FORMS)?;
    let percent: f64 = percent.trim().parse().map_err(|_| FORMS.to_owned())?;
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent / 100.0),
        false => Err("a share is from 0% to 100%".to_owned()),
    }
}

impl Demand {
    /// The latency that it bounds, in milliseconds, with its name in a chart.
    pub(crate) fn latency_millis(&self) -> Option<(&str, f64)> {
        matches!(self.metric, Metric::Latency(_)).then(|| (self.text.as_str(), self.bound / 1e3))
    }

    fn judge(&self, report: &LoadReport) -> Threshold {
        let measured = measured(self.metric, report);
        let is_met = match self.metric {
            Metric::Rate => measured > self.bound,
            _ => measured < self.bound,
        };
        let measured = match self.metric {
            Metric::Latency(_) => format!("{:.2} ms", measured / 1e3),
            Metric::Rate => format!("{measured:.0} per second"),
            Metric::Refused | Metric::InDoubt => format!("{:.2} %", measured * 100.0),
        };
        Threshold {
            what: "demanded on the command line",
            demanded: self.text.clone(),
            measured,
            is_met,
        }
    }
}

fn measured(metric: Metric, report: &LoadReport) -> f64 {
    let done = report.likes + report.unlikes + report.reads;
    let sent = (done + report.refused + report.in_doubt).max(1) as f64;
    match metric {
        Metric::Latency(quantile) => quantile.of(&report.write_latencies) as f64,
        Metric::Rate => report.writes_per_second + report.reads_per_second,
        Metric::Refused => report.refused as f64 / sent,
        Metric::InDoubt => report.in_doubt as f64 / sent,
    }
}

impl Quantile {
    fn of(self, latencies: &Quantiles) -> u64 {
        match self {
            Self::P50 => latencies.p50_micros,
            Self::P90 => latencies.p90_micros,
            Self::P99 => latencies.p99_micros,
            Self::P999 => latencies.p999_micros,
            Self::Max => latencies.max_micros,
        }
    }
}

/// The thresholds that every load must meet, and then the demands.
pub(crate) fn judged(report: &LoadReport, demands: &[Demand]) -> Vec<Threshold> {
    let unexpected: u64 = report.unexpected.values().sum();
    let always = [
        Threshold {
            what: "counts, records and replies agree",
            demanded: "yes".to_owned(),
            measured: yes_or_no(report.consistency.is_consistent),
            is_met: report.consistency.is_consistent,
        },
        none("replies with an unexpected status", unexpected),
        none(
            "refusals without Retry-After",
            report.refused_without_retry_after,
        ),
    ];
    let demanded = demands.iter().map(|demand| demand.judge(report));
    always.into_iter().chain(demanded).collect()
}

/// Whether the load succeeded: it was consistent, and every demand was met. The other figures are shown and not judged, because
/// a load may ask for an overload.
pub(crate) fn is_success(report: &LoadReport, demands: &[Demand]) -> bool {
    let is_met = |demand: &Demand| demand.judge(report).is_met;
    report.consistency.is_consistent && demands.iter().all(is_met)
}

fn none(what: &'static str, number: u64) -> Threshold {
    Threshold {
        what,
        demanded: "none".to_owned(),
        measured: number.to_string(),
        is_met: number == 0,
    }
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html_page::sample;

    #[test]
    fn a_demand_bounds_a_latency_a_rate_or_a_share() {
        let mut report = sample(0);
        report.write_latencies.p99_micros = 20_000;
        (report.refused, report.refused_without_retry_after) = (30, 2);
        for (demand, is_met) in [
            ("p99<50ms", true),
            ("p99<20ms", false),
            ("p99 < 1s", true),
            ("rate>900", true),
            ("rate>1k", false),
            ("refused<1%", true),
            ("refused<0.5%", false),
            ("in-doubt<0.1%", true),
        ] {
            let demand: Demand = demand.parse().unwrap();
            assert_eq!(demand.judge(&report).is_met, is_met, "{demand:?}");
        }
        for wrong in [
            "",
            "p99",
            "p99>5ms",
            "rate<5",
            "p98<5ms",
            "refused<5",
            "p99<soon",
        ] {
            assert!(wrong.parse::<Demand>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_load_must_be_consistent_and_its_other_figures_are_shown() {
        let mut report = sample(0);
        report.refused_without_retry_after = 2;
        report.consistency.is_consistent = true;
        assert!(is_success(&report, &[]));
        let met: Vec<bool> = judged(&report, &[]).iter().map(|it| it.is_met).collect();
        assert_eq!(met, [true, true, false]);
        report.consistency.is_consistent = false;
        assert!(!is_success(&report, &[]));
    }
}
