//! What is demanded of services under twice the load that they can carry.

use comfy_table::Table;
use serde::Serialize;

use super::Figures;
use crate::show;

/// The least share of the peak that is still carried out.
const GOODPUT_MIN: f64 = 0.9;
/// How soon nearly every refusal is there, in microseconds.
const REFUSED_WITHIN_MICROS: u64 = 5_000;
/// How much memory may grow in the later half of the overload: rounding, not a trend.
const RESIDENT_GROWTH_MAX: f64 = 1.1;
/// How soon it is normal again, in seconds.
const RECOVERED_WITHIN_SECONDS: f64 = 1.0;

/// One demand and how it was met.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    pub(super) what: &'static str,
    pub(super) demanded: String,
    pub(super) measured: String,
    pub(super) is_reached: bool,
}

/// All of them.
pub(super) fn of(figures: &Figures) -> Vec<Bar> {
    vec![
        goodput(figures),
        refusals(figures),
        retry_after(figures),
        books(figures),
        memory(figures),
        recovery(figures),
    ]
}

fn goodput(figures: &Figures) -> Bar {
    let share = figures.overload.done_per_second / figures.peak();
    Bar {
        what: "carried out, of the peak",
        demanded: format!("at least {GOODPUT_MIN}"),
        measured: format!("{share:.2}"),
        is_reached: share >= GOODPUT_MIN,
    }
}

/// A load that refuses nothing was none.
fn refusals(figures: &Figures) -> Bar {
    let refused = &figures.overload.refused_from_sent;
    let any = figures.overload.refused_per_second > 0.0;
    Bar {
        what: "refused, p99 from when sent",
        demanded: format!("under {} ms", REFUSED_WITHIN_MICROS / 1_000),
        measured: match any {
            true => format!("{:.2} ms", refused.p99_micros as f64 / 1e3),
            false => "nothing was refused".to_owned(),
        },
        is_reached: any && refused.p99_micros < REFUSED_WITHIN_MICROS,
    }
}

fn retry_after(figures: &Figures) -> Bar {
    let bare = figures.overload.refused_bare;
    Bar {
        what: "refused without Retry-After",
        demanded: "none".to_owned(),
        measured: bare.to_string(),
        is_reached: bare == 0,
    }
}

fn books(figures: &Figures) -> Bar {
    let unexpected: u64 = figures.unexpected.values().sum();
    Bar {
        what: "counts, records and acknowledgements",
        demanded: "equal, nothing in doubt".to_owned(),
        measured: match figures.books.balanced {
            true => format!(
                "equal, {} in doubt, {unexpected} unexpected",
                figures.in_doubt
            ),
            false => "they differ".to_owned(),
        },
        is_reached: figures.books.balanced && figures.in_doubt == 0 && unexpected == 0,
    }
}

fn memory(figures: &Figures) -> Bar {
    let (early, late) = (figures.resident_early_bytes, figures.resident_late_bytes);
    let growth = late as f64 / early.max(1) as f64;
    Bar {
        what: "memory, last quarter to second",
        demanded: format!("at most {RESIDENT_GROWTH_MAX}"),
        measured: match early {
            0 => "unknown".to_owned(),
            _ => format!("{growth:.2} ({:.0} MB)", late as f64 / 1e6),
        },
        // Where memory cannot be seen, nothing is claimed and nothing missed.
        is_reached: growth <= RESIDENT_GROWTH_MAX || early == 0,
    }
}

fn recovery(figures: &Figures) -> Bar {
    let after = figures.recovery.after_seconds;
    Bar {
        what: "normal again after the load fell",
        demanded: format!("within {RECOVERED_WITHIN_SECONDS} s"),
        measured: after.map_or("not at all".to_owned(), |after| format!("{after:.1} s")),
        is_reached: after.is_some_and(|after| after <= RECOVERED_WITHIN_SECONDS),
    }
}

/// The bars below each other.
pub(super) fn table(bars: &[Bar]) -> Table {
    let mut table = show::table(&["", "demanded", "measured", ""]);
    for bar in bars {
        let verdict = if bar.is_reached { "reached" } else { "MISSED" };
        table.add_row([bar.what, &bar.demanded, &bar.measured, verdict]);
    }
    table
}
