//! The charts of a campaign as SVG: convergence times, fired faults, and the coverage curve.
//!
//! The charts are static SVG. They need no script, so they are in the printed page and can be copied.

use std::fmt::Write as _;

use crate::{
    analysis::{Bar, CurvePoint, Summary},
    archive::LoadedCampaign,
    text::html,
    units::{grouped, micros_span, seconds_span},
};

const WIDTH: usize = 420;
const BAR_HEIGHT: usize = 20;
/// The left end of the bars; their names are left of it.
const BARS_LEFT: usize = 170;
const BARS_WIDTH: usize = WIDTH - BARS_LEFT - 60;
const CURVE_HEIGHT: usize = 190;
/// The height of a line of text.
const LABEL_HEIGHT: f64 = 14.0;

/// A chart with its title and an explanation.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) svg: String,
    pub(super) note: String,
}

/// The charts that have data.
pub(super) fn charts(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Chart> {
    let all = [
        convergence(summary),
        faults(summary),
        coverage_curve(campaign),
    ];
    all.into_iter().flatten().collect()
}

fn convergence(summary: &Summary) -> Option<Chart> {
    const TITLE: &str = "Time to convergence after healing";
    let quantiles = summary.convergence()?;
    let bars = summary.converged.histogram();
    let rows: Vec<_> = bars
        .iter()
        .map(|bar| (bar_name(*bar), bar.runs, bar.runs))
        .collect();
    Some(Chart {
        title: TITLE,
        svg: bars_svg(TITLE, &rows),
        note: format!(
            "Of {} runs, half converged within {}, 90 % within {}, 99 % within {}; the longest time was {}. Simulated time.",
            grouped(quantiles.runs),
            micros_span(quantiles.p50_micros),
            micros_span(quantiles.p90_micros),
            micros_span(quantiles.p99_micros),
            micros_span(quantiles.max_micros)
        ),
    })
}

/// The upper end of the bar. The last bar has none: it holds all longer times.
fn bar_name(bar: Bar) -> String {
    match bar.until_millis {
        Some(millis) => format!("≤ {}", seconds_span(millis as f64 / 1e3)),
        None => "longer".to_owned(),
    }
}

fn faults(summary: &Summary) -> Option<Chart> {
    let mut kinds: Vec<_> = summary.faults.iter().collect();
    kinds.sort_by_key(|(kind, tally)| (std::cmp::Reverse(tally.fired), **kind));
    let rows: Vec<_> = kinds
        .iter()
        .map(|(kind, tally)| (kind.name().to_owned(), tally.fired, tally.planned))
        .collect();
    (!rows.is_empty()).then(|| Chart {
        title: "Faults fired, of those planned",
        svg: bars_svg("Faults fired", &rows),
        note: "The pale part of a bar is faults that were planned and did not fire.".to_owned(),
    })
}

/// Horizontal bars. Each row has a name and two numbers; the second is at least the first and drawn paler.
///
/// The paler bar is drawn first and the other one above it, so that what is left visible of the paler one is the
/// difference.
fn bars_svg(label: &str, rows: &[(String, u64, u64)]) -> String {
    let greatest = rows.iter().map(|row| row.2).max().unwrap_or(1).max(1);
    let mut svg = begin(label, rows.len() * BAR_HEIGHT + 4);
    for (index, (name, number, of)) in rows.iter().enumerate() {
        let y = index * BAR_HEIGHT;
        // Rounded up: a bar for a small number must still be visible.
        let length = |number: u64| (number as f64 / greatest as f64 * BARS_WIDTH as f64).ceil();
        let _ = write!(
            svg,
            r#"<text x="{}" y="{}" text-anchor="end">{}</text><rect class="bar second" x="{BARS_LEFT}" y="{}" width="{}" height="12" rx="2"/><rect class="bar" x="{BARS_LEFT}" y="{}" width="{}" height="12" rx="2"/><text class="faint" x="{}" y="{}">{}</text>"#,
            BARS_LEFT - 8,
            y + 14,
            html(name),
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

/// The start of an SVG that scales with the page, with a label for screen readers.
fn begin(label: &str, height: usize) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">"#
    )
}

/// The coverage curve; `None` if there was only one run.
fn coverage_curve(campaign: &LoadedCampaign) -> Option<Chart> {
    let points = &campaign.report.meta.coverage_curve;
    let last = points.last().filter(|last| last.runs > 1)?;
    let axes = Axes::of(last);
    let mut svg = begin("Coverage over runs", CURVE_HEIGHT);
    let baseline = axes.y(0);
    let _ = write!(
        svg,
        r#"<line class="axis" x1="30" y1="{baseline}" x2="{}" y2="{baseline}"/>"#,
        30.0 + Axes::WIDTH
    );
    let ends = axes.labels([last.cells, last.pairs]);
    svg.push_str(&axes.curve(points, ("cells", "curve", ends[0]), |point| point.cells));
    let pairs = ("pairs of faults", "curve second", ends[1]);
    svg.push_str(&axes.curve(points, pairs, |point| point.pairs));
    let (from, to) = (axes.x(0), axes.x(last.runs));
    let ends = [
        (from, "start", "1".to_owned()),
        (f64::midpoint(from, to), "middle", "runs".to_owned()),
        (to, "end", grouped(last.runs)),
    ];
    for (x, anchor, text) in ends {
        let _ = write!(
            svg,
            r#"<text class="faint" x="{x:.1}" y="{}" text-anchor="{anchor}">{text}</text>"#,
            CURVE_HEIGHT - 6
        );
    }
    Some(Chart {
        title: "Coverage over runs",
        svg: svg + "</svg>",
        note: "Covered cells of fault, injection point and outcome, and pairs of kinds of faults that fired in one run. Where the curves are flat, more runs of the same kind add little.".to_owned(),
    })
}

/// The scales of a curve chart.
///
/// Both axes are linear and start at 0. A logarithmic one would hide where the curve becomes flat, which is what the
/// chart is for.
struct Axes {
    runs: f64,
    greatest: f64,
}

impl Axes {
    const WIDTH: f64 = WIDTH as f64 - 60.0;
    const HEIGHT: f64 = CURVE_HEIGHT as f64 - 30.0;

    fn of(last: &CurvePoint) -> Self {
        Self {
            runs: last.runs as f64,
            greatest: last.cells.max(last.pairs).max(1) as f64,
        }
    }

    fn x(&self, runs: u64) -> f64 {
        30.0 + runs as f64 / self.runs * Self::WIDTH
    }

    fn y(&self, number: u64) -> f64 {
        10.0 + Self::HEIGHT - number as f64 / self.greatest * Self::HEIGHT
    }

    /// Where the names of the two curves go: above their ends, and apart from each other.
    fn labels(&self, numbers: [u64; 2]) -> [f64; 2] {
        let [first, second] = numbers.map(|number| (self.y(number) - 6.0).max(10.0));
        match (first - second).abs() < LABEL_HEIGHT {
            false => [first, second],
            // The lower curve has its name below it.
            true if numbers[0] >= numbers[1] => [first, self.y(numbers[1]) + LABEL_HEIGHT],
            true => [self.y(numbers[0]) + LABEL_HEIGHT, second],
        }
    }

    /// One curve with its name and its last value.
    fn curve(
        &self,
        points: &[CurvePoint],
        (name, class, label): (&str, &str, f64),
        number: fn(&CurvePoint) -> u64,
    ) -> String {
        let corners: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", self.x(point.runs), self.y(number(point))))
            .collect();
        format!(
            r#"<polyline class="{class}" points="{}"/><text x="{}" y="{label:.1}" text-anchor="end">{} {name}</text>"#,
            corners.join(" "),
            30.0 + Self::WIDTH,
            grouped(points.last().map_or(0, number))
        )
    }
}
