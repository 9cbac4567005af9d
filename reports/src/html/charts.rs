//! The campaign in pictures and tables: how fast it healed, what struck, how coverage grew, what was caught.

use std::fmt::Write as _;

use likewise_sim::{plan::FaultKind, record::Outcome};

use super::{
    sequence::escaped,
    verdict::{grouped, span},
};
use crate::{
    convergence::Bar, dossier::Dossier, growth::GrowthPoint, specimen::SpecimenResult,
    summary::Summary, windows::WindowLine,
};

const WIDTH: usize = 420;
const BAR: usize = 20;
/// Where bars begin, after their names.
const BARS_LEFT: usize = 130;
const BARS_WIDTH: usize = WIDTH - BARS_LEFT - 60;
const CURVE_HEIGHT: usize = 190;

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
    pub(super) faults: String,
    /// Half of the searches by single faults, and by seeds, needed so many plans.
    pub(super) searches: [String; 2],
}

/// The drawings there is something to draw for.
pub(super) fn charts(dossier: &Dossier, summary: &Summary) -> Vec<Chart> {
    let all = [healing(summary), struck(summary), growth(dossier)];
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

/// How coverage grew with the runs: where it is flat, more of the same would show little.
fn growth(dossier: &Dossier) -> Option<Chart> {
    let points = &dossier.report.course.growth;
    let last = points.last().filter(|last| last.runs > 1)?;
    let most = last.cells.max(last.pairs).max(1) as f64;
    let (width, height) = (WIDTH as f64 - 60.0, CURVE_HEIGHT as f64 - 30.0);
    let x = |runs: u64| 30.0 + runs as f64 / last.runs as f64 * width;
    let y = |number: u64| 10.0 + height - number as f64 / most * height;
    let mut svg = begin("Coverage over runs", CURVE_HEIGHT);
    let cells = |point: &GrowthPoint| point.cells;
    let pairs = |point: &GrowthPoint| point.pairs;
    let curves = [
        ("cells", "curve", cells as fn(&GrowthPoint) -> u64),
        ("pairs of faults", "curve second", pairs),
    ];
    let floor = y(0);
    let _ = write!(
        svg,
        r#"<line class="axis" x1="30" y1="{floor}" x2="{}" y2="{floor}"/>"#,
        30.0 + width
    );
    for (name, class, number) in curves {
        let corners: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.runs), y(number(point))))
            .collect();
        let (at, end) = (y(number(last)), grouped(number(last)));
        let _ = write!(
            svg,
            r#"<polyline class="{class}" points="{}"/><text x="{}" y="{:.1}" text-anchor="end">{end} {name}</text>"#,
            corners.join(" "),
            30.0 + width,
            (at - 6.0).max(10.0)
        );
    }
    for runs in [1, last.runs] {
        let _ = write!(
            svg,
            r#"<text class="faint" x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
            x(runs),
            CURVE_HEIGHT - 6,
            grouped(runs)
        );
    }
    Some(Chart {
        title: "Coverage over runs",
        svg: svg + "</svg>",
        note: "Cells of fault, place and outcome, and pairs of kinds of faults that struck in one run. Where the curves are flat, more of the same shows little.".to_owned(),
    })
}

/// What users met, by the kind of fault in force; first what they met while there was none.
pub(super) fn windows(summary: &Summary) -> Vec<WindowRow> {
    let row = |line: &WindowLine| {
        let of = |outcome| line.operations.get(&outcome).copied().unwrap_or(0);
        let counts = [
            line.operations.values().sum(),
            of(Outcome::Ok),
            of(Outcome::Fail),
            of(Outcome::Unknown),
        ];
        let times = [
            line.p50_seconds,
            line.p90_seconds,
            line.p99_seconds,
            line.max_seconds,
        ];
        let counts = counts.map(grouped).into_iter();
        let times = times.map(|time| time.map_or_else(|| "–".to_owned(), span));
        WindowRow {
            name: line.kind.map_or("no fault", FaultKind::name).to_owned(),
            numbers: counts.chain(times).collect(),
        }
    };
    let lines = summary.windows.lines();
    let is_empty = |line: &&WindowLine| line.operations.is_empty();
    lines
        .iter()
        .filter(|line| !is_empty(line))
        .map(row)
        .collect()
}

/// The deliberately wrong systems, and the control that is right.
pub(super) fn specimens(dossier: &Dossier) -> Vec<SpecimenRow> {
    let results = &dossier.report.course.specimen_results;
    results.iter().map(specimen).collect()
}

fn specimen(result: &SpecimenResult) -> SpecimenRow {
    let (class, verdict) = match (result.is_good(), result.is_control) {
        (true, false) => ("held", "✓ caught"),
        (true, true) => ("held", "✓ spared, as it should"),
        (false, false) => ("violated", "✕ not caught"),
        (false, true) => ("violated", "✕ caught, but it is right"),
    };
    SpecimenRow {
        name: result.name.clone(),
        class,
        verdict,
        flaw: result.flaw.clone(),
        by: result.by.join(", "),
        faults: grouped(result.faults),
        searches: ["exhaustive", "swarm"].map(|way| median(result, way)),
    }
}

/// Of the searches of one way, so many plans were needed by half; of this campaign, or else as they were published.
fn median(result: &SpecimenResult, way: &str) -> String {
    let published = result
        .published
        .iter()
        .flat_map(|published| &published.searches);
    let mut searches = result.measured.iter().chain(published);
    let Some(search) = searches.find(|search| search.way == way) else {
        return "–".to_owned();
    };
    let [_, half, _] = search.quartiles;
    match half {
        Some(plans) => grouped(plans),
        None => format!("{} of {} found it", search.caught, search.starts),
    }
}
