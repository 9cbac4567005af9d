//! Where the report comes from, and what it does not cover.

use likewise_world::plan::Timing;

use super::parts::Fact;
use crate::{
    analysis::{CoverageGate, Provenance, Summary, UNKNOWN},
    archive::LoadedCampaign,
    units::count,
};

/// Characters of a commit hash that are shown.
const COMMIT_CHARACTERS: usize = 10;

/// Injection points that are named as gaps at most; the rest is counted.
const GAPS_MAX: usize = 12;

/// What was not covered, one sentence each.
pub(super) fn gaps(campaign: &LoadedCampaign, summary: &Summary) -> Vec<String> {
    let gate = CoverageGate::of(summary);
    let mut gaps = campaign.report.meta.inconclusive.clone();
    gaps.extend(gate.missing());
    gaps.extend(gate.unjudged());
    let rows = summary.matrix.rows();
    let idle: Vec<_> = rows.iter().filter(|row| row.fired == 0).collect();
    let shown = idle.iter().take(GAPS_MAX);
    gaps.extend(shown.map(|row| {
        format!(
            "never fired: {} at {} (planned {})",
            row.kind.name(),
            row.injection_point,
            count(row.planned, "time", "times")
        )
    }));
    if idle.len() > GAPS_MAX {
        gaps.push(format!(
            "{} more pairs of fault and injection point that were planned and never fired",
            idle.len() - GAPS_MAX
        ));
    }
    if gaps.is_empty() {
        gaps.push(
            "Nothing: every planned fault fired at least once, and every property was exercised."
                .to_owned(),
        );
    }
    gaps
}

/// The program, the machine, the command and the configuration.
pub(super) fn facts(campaign: &LoadedCampaign) -> Vec<Fact> {
    let Some(provenance) = &campaign.report.meta.provenance else {
        return vec![fact("program", UNKNOWN.to_owned())];
    };
    let Provenance {
        rustc, profile, os, ..
    } = provenance;
    let processors = count(provenance.processors, "processor", "processors");
    let mut facts = vec![
        fact("program", program(provenance)),
        fact("built by", format!("{rustc}, {profile}")),
        fact("machine", format!("{os} {}, {processors}", provenance.arch)),
        fact("started", provenance.started_at.clone()),
        fact("command", provenance.command()),
    ];
    facts.extend(configuration(&provenance.timing));
    facts
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact { label, value }
}

/// The times that decide what a run can show. Two campaigns are comparable only if these are the same.
fn configuration(timing: &Timing) -> [Fact; 2] {
    let system = format!(
        "step timeout {} ms, saga deadline {} s, message latency up to {} ms",
        timing.step_timeout_millis,
        timing.saga_deadline_millis / 1_000,
        timing.latency_max_millis
    );
    let bounds = format!(
        "faults for at most {} s, then convergence within {} s; ticks of {} ms",
        timing.heal_after_millis / 1_000,
        timing.converge_within_millis / 1_000,
        timing.tick_millis
    );
    [fact("system", system), fact("bounds", bounds)]
}

/// The program's version with the shortened commit.
pub(super) fn program(provenance: &Provenance) -> String {
    let commit: String = provenance.commit.chars().take(COMMIT_CHARACTERS).collect();
    let dirty = if provenance.dirty {
        ", with changes"
    } else {
        ""
    };
    format!("likewise {} ({commit}{dirty})", provenance.version)
}
