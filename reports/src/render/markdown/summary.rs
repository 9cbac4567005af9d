//! The summary of a campaign for a step of a CI job: the verdict, the findings with their replay commands, a diagram of
//! the smallest failing run, and the properties.
//!
//! CI services take at most 1 MiB. They cut a longer summary in the middle of a line, or refuse it. So whole blocks are
//! omitted here, and the summary says how many.

use std::fmt::Write as _;

use likewise_world::record::RunRecord;

use super::{
    findings::findings,
    sequence_diagram,
    tables::{planted_bugs, properties, windows},
    totals::totals,
};
use crate::{
    analysis::Summary,
    archive::{LoadedCampaign, RunRole},
    text::{markdown, markdown_block, markdown_code},
    units::count,
};

/// The maximum size of a summary: a little less than the 1 MiB that CI services take.
pub const BYTES_MAX: usize = 1_000_000;
/// The summary of a campaign.
#[must_use]
pub fn render(campaign: &LoadedCampaign) -> String {
    let summary = campaign.report.summary();
    let mut blocks = vec![heading(campaign, &summary), totals(campaign, &summary)];
    blocks.extend(limitations(campaign));
    blocks.extend(findings(&summary));
    blocks.extend(diagram(campaign));
    blocks.extend(unknown(campaign));
    blocks.push(properties(&summary));
    blocks.extend(windows(&summary));
    blocks.extend(planted_bugs(campaign));
    blocks.extend(provenance(campaign));
    joined(&blocks)
}

/// What remains unknown; nothing without plain seeds.
fn unknown(campaign: &LoadedCampaign) -> Option<String> {
    let sentences = campaign.report.meta.discovery?.sentences();
    let item = |sentence: &String| format!("- {}\n", markdown(sentence));
    let items: String = sentences.iter().map(item).collect();
    (!items.is_empty()).then(|| format!("## What remains unknown\n\n{items}"))
}

/// The blocks in their order as long as they fit, and the number of those that do not.
fn joined(blocks: &[String]) -> String {
    // 200 bytes are reserved for the sentence about omitted blocks.
    let room = BYTES_MAX - 200;
    let mut text = String::new();
    let mut omitted = 0_u64;
    for block in blocks {
        match omitted == 0 && text.len() + block.len() < room {
            true => {
                text.push_str(block);
                text.push('\n');
            }
            false => omitted += 1,
        }
    }
    if omitted > 0 {
        let parts = count(omitted, "part is", "parts are");
        let _ = writeln!(
            text,
            "_{parts} omitted because of the size limit: report.html has all._"
        );
    }
    text
}

/// The exit code of a campaign in which a planted bug was not caught, or a control was.
const BUG_ESCAPED: u8 = 6;

/// Violations come before everything else, and an incomplete campaign is never shown as a success.
fn heading(campaign: &LoadedCampaign, summary: &Summary) -> String {
    let meta = &campaign.report.meta;
    let (sign, headline) = match (summary.violated_runs, summary.runs) {
        (0, 0) => ("❔", "nothing ran".to_owned()),
        (0, _) if meta.exit == BUG_ESCAPED => ("❌", "a planted bug was not caught".to_owned()),
        (0, _) if !meta.inconclusive.is_empty() || meta.broken_runs > 0 => (
            "⚠️",
            "nothing was violated, but coverage is incomplete".to_owned(),
        ),
        (0, _) if meta.exit != 0 => ("❌", "the campaign failed".to_owned()),
        (0, _) => ("✅", "every property held".to_owned()),
        (violated, runs) => (
            "❌",
            format!(
                "{violated} of {} violated a property",
                count(runs, "run", "runs")
            ),
        ),
    };
    format!("# {sign} Likewise: {headline}\n")
}

fn limitations(campaign: &LoadedCampaign) -> Option<String> {
    let meta = &campaign.report.meta;
    if meta.inconclusive.is_empty() && meta.broken_runs == 0 {
        return None;
    }
    let mut text = "## Limitations\n\n".to_owned();
    for why in &meta.inconclusive {
        let _ = writeln!(text, "- {}", markdown(why));
    }
    if meta.broken_runs > 0 {
        let broken = count(meta.broken_runs, "run has", "runs have");
        let _ = writeln!(text, "- {broken} no record: the harness failed");
    }
    Some(text)
}

/// The diagram of the smallest failing run.
fn diagram(campaign: &LoadedCampaign) -> Option<String> {
    let of = |role| {
        let mut runs = campaign.runs.iter().filter(move |run| run.role == role);
        runs.find(|run| !run.record.is_green())
    };
    let run = of(RunRole::Minimal)
        .or_else(|| of(RunRole::Failure))
        .or_else(|| of(RunRole::Replayed))?;
    let record: &RunRecord = &run.record;
    let title = match run.role {
        RunRole::Minimal => "The run of the minimal plan",
        _ => "The first failing run",
    };
    let diagram = markdown_block("mermaid", &sequence_diagram::mermaid(record));
    Some(format!("## {title}\n\n{diagram}"))
}

fn provenance(campaign: &LoadedCampaign) -> Option<String> {
    let from = campaign.report.meta.provenance.as_ref()?;
    let commit: String = from.commit.chars().take(12).collect();
    let dirty = if from.dirty { ", with changes" } else { "" };
    let command = from.command();
    Some(format!(
        "Likewise {} ({}{dirty}), {}, {}, on {} {}; started {}; {}\n",
        markdown(&from.version),
        markdown_code(&commit),
        markdown(&from.rustc),
        markdown(&from.profile),
        markdown(&from.os),
        markdown(&from.arch),
        markdown(&from.started_at),
        markdown_code(command.trim_end()),
    ))
}
