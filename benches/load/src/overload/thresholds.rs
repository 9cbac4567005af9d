//! The thresholds for services under twice the load that they can carry, applied to the figures.

use super::figures::Figures;
use crate::threshold::Threshold;

/// The smallest share of the peak that must still be carried out.
const GOODPUT_MIN: f64 = 0.9;
/// The largest latency of a refusal (p99), in microseconds.
const REFUSAL_MICROS_MAX: u64 = 5_000;
/// The largest growth of memory in the second half of the overload. Above 1 to allow for rounding, not for a trend.
const RESIDENT_GROWTH_MAX: f64 = 1.1;
/// The longest time until latencies are normal again, in seconds.
const RECOVERY_SECONDS_MAX: f64 = 1.0;

/// All thresholds.
pub(super) fn of(figures: &Figures) -> Vec<Threshold> {
    vec![
        goodput(figures),
        refusals(figures),
        retry_after(figures),
        consistency(figures),
        memory(figures),
        recovery(figures),
    ]
}

/// A service without admission control does less under an overload than at its peak, because it works on requests
/// that nobody waits for any more.
fn goodput(figures: &Figures) -> Threshold {
    let share = figures.overload.done_per_second / figures.peak();
    Threshold {
        what: "carried out, share of the peak",
        demanded: format!("at least {GOODPUT_MIN}"),
        measured: format!("{share:.2}"),
        is_met: share >= GOODPUT_MIN,
    }
}

/// Misses the threshold if nothing was refused, because such a load was no overload.
fn refusals(figures: &Figures) -> Threshold {
    let refused = &figures.overload.refused_since_sent;
    let any = figures.overload.refused_per_second > 0.0;
    Threshold {
        what: "latency of refusals since sent, p99",
        demanded: format!("under {} ms", REFUSAL_MICROS_MAX / 1_000),
        measured: match any {
            true => format!("{:.2} ms", refused.p99_micros as f64 / 1e3),
            false => "nothing was refused".to_owned(),
        },
        is_met: any && refused.p99_micros < REFUSAL_MICROS_MAX,
    }
}

/// Without that header clients choose the pause themselves, and many choose none.
fn retry_after(figures: &Figures) -> Threshold {
    let without = figures.overload.refused_without_retry_after;
    Threshold {
        what: "refusals without Retry-After",
        demanded: "none".to_owned(),
        measured: without.to_string(),
        is_met: without == 0,
    }
}

fn consistency(figures: &Figures) -> Threshold {
    let unexpected: u64 = figures.unexpected.values().sum();
    let is_consistent = figures.consistency.is_consistent;
    Threshold {
        what: "counts, records and acknowledgements",
        demanded: "equal, nothing in doubt".to_owned(),
        measured: match is_consistent {
            true => format!(
                "equal, {} in doubt, {unexpected} unexpected",
                figures.in_doubt
            ),
            false => "they differ".to_owned(),
        },
        is_met: is_consistent && figures.in_doubt == 0 && unexpected == 0,
    }
}

/// Growth under a constant overload means a queue without a bound.
fn memory(figures: &Figures) -> Threshold {
    let (early, late) = (figures.resident_early_bytes, figures.resident_late_bytes);
    let growth = late as f64 / early.max(1) as f64;
    Threshold {
        what: "memory, last quarter to second",
        demanded: format!("at most {RESIDENT_GROWTH_MAX}"),
        measured: match early {
            0 => "unknown".to_owned(),
            _ => format!("{growth:.2} ({:.0} MB)", late as f64 / 1e6),
        },
        // Unknown memory misses nothing: the services run on a system without /proc, or elsewhere.
        is_met: growth <= RESIDENT_GROWTH_MAX || early == 0,
    }
}

/// A long recovery means that refused or abandoned work was queued after all.
fn recovery(figures: &Figures) -> Threshold {
    let after = figures.recovery.after_seconds;
    Threshold {
        what: "recovery after the overload",
        demanded: format!("within {RECOVERY_SECONDS_MAX} s"),
        measured: after.map_or("not at all".to_owned(), |after| format!("{after:.1} s")),
        is_met: after.is_some_and(|after| after <= RECOVERY_SECONDS_MAX),
    }
}
