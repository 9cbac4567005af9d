//! The campaign in pictures and tables: how fast it healed, what struck, how coverage grew, what was caught.

use std::fmt::Write as _;

use super::{
    sequence::escaped,
    verdict::{grouped, span},
};
use crate::{convergence::Bar, dossier::Dossier, summary::Summary};

const WIDTH: usize = 420;
const BAR: usize = 20;
/// Where bars begin, after their names.
const BARS_LEFT: usize = 130;
const BARS_WIDTH: usize = WIDTH - BARS_LEFT - 60;

/// A drawing with its title.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) svg: String,
    pub(super) note: String,
}

/// Operations while a kind of fault was in force.
pub(super) struct WindowRow {
    pub(super) name: String,
    pub(super) numbers: Vec<String>,
}

/// A deliberately wrong system.
pub(super) struct SpecimenRow {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) verdict: &'static str,
    pub(super) flaw: String,
    pub(super) by: String,
    pub(super) plans: String,
    pub(super) faults: String,
}

/// The drawings there is something to draw for.
pub(super) fn charts(_: &Dossier, summary: &Summary) -> Vec<Chart> {
    let all = [healing(summary), struck(summary)];
    all.into_iter().flatten().collect()
}

fn healing(summary: &Summary) -> Option<Chart> {
    let times = summary.convergence()?;
    let bars = summary.converged.histogram();
    let rows: Vec<_> = bars
        .iter()
        .map(|bar| (name(*bar), bar.runs, bar.runs))
        .collect();
    let seconds = |micros: u64| span(micros as f64 / 1e6);
    Some(Chart {
        title: "Time to come right after healing",
        svg: bars_svg("Time to come right after healing", &rows),
        note: format!(
            "Half of {} runs within {}, 90 % within {}, 99 % within {}, the slowest {}. Simulated time.",
            grouped(times.runs),
            seconds(times.p50_micros),
            seconds(times.p90_micros),
            seconds(times.p99_micros),
            seconds(times.max_micros)
        ),
    })
}

fn name(bar: Bar) -> String {
    match bar.until_millis {
        Some(millis) => format!("≤ {}", span(millis as f64 / 1e3)),
        None => "longer".to_owned(),
    }
}

fn struck(summary: &Summary) -> Option<Chart> {
    let mut kinds: Vec<_> = summary.faults.iter().collect();
    kinds.sort_by_key(|(kind, tally)| (std::cmp::Reverse(tally.struck), **kind));
    let rows: Vec<_> = kinds
        .iter()
        .map(|(kind, tally)| (kind.name().to_owned(), tally.struck, tally.planned))
        .collect();
    (!rows.is_empty()).then(|| Chart {
        title: "Faults struck, of those planned",
        svg: bars_svg("Faults struck", &rows),
        note: "The pale end is what was planned and found nothing to strike.".to_owned(),
    })
}

/// Horizontal bars of two numbers, the second at least the first.
fn bars_svg(label: &str, rows: &[(String, u64, u64)]) -> String {
    let most = rows.iter().map(|row| row.2).max().unwrap_or(1).max(1);
    let height = rows.len() * BAR + 4;
    let mut svg = begin(label, height);
    for (place, (name, number, of)) in rows.iter().enumerate() {
        let y = place * BAR;
        let length = |number: u64| (number as f64 / most as f64 * BARS_WIDTH as f64).ceil();
        let _ = write!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="end">{}</text><rect class="bar second" x="{BARS_LEFT}" y="{}" width="{}" height="12" rx="2"/><rect class="bar" x="{BARS_LEFT}" y="{}" width="{}" height="12" rx="2"/><text class="faint" x="{}" y="{}">{}</text>"#,
            BARS_LEFT - 8,
            y + 14,
            escaped(name),
            y + 4,
            length(*of),
            y + 4,
            length(*number),
            BARS_LEFT as f64 + length(*of) + 6.0,
            y + 14,
            grouped(*number)
        );
    }
    svg + "</svg>"
}

fn begin(label: &str, height: usize) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">"#
    )
}

pub(super) fn windows(_: &Dossier) -> Vec<WindowRow> {
    Vec::new()
}
pub(super) fn specimens(_: &Dossier) -> Vec<SpecimenRow> {
    Vec::new()
}
