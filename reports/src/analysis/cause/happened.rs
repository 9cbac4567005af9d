//! What happened instead of what was promised.

use likewise_world::record::RunRecord;

use super::{
    parting, plain,
    scene::Scene,
    wrong_change::{Wrong, WrongChange, WrongStep},
};
use crate::analysis::narrative::phrases::list;

/// Effects that are told at most.
const EFFECTS_MAX: usize = 2;

/// What happened, and what the numbers that must meet were in the end.
pub(super) fn sentence(record: &RunRecord, change: &WrongChange, scene: &Scene<'_>) -> String {
    let happened = what(record, change, scene);
    let end = parting::at_end(record).filter(|_| change.parted.is_none());
    match end {
        Some(end) => format!(
            "{happened} {}",
            plain::sentence(&format!("in the end {end}"))
        ),
        None => happened,
    }
}

fn what(record: &RunRecord, change: &WrongChange, scene: &Scene<'_>) -> String {
    let first = record.violations.first();
    let (property, seen) = first.map_or(("", ""), |it| (it.property.as_str(), it.detail.as_str()));
    match (&change.step, change.is_last) {
        (Some(step), _) => acted(record, change.wrong, step, scene),
        (None, true) => open(record, scene, seen),
        (None, false) => match tried(property) {
            Some(tried) => plain::sentence(tried),
            None => plain::detail(record, seen),
        },
    }
}

/// A step acted that must not.
fn acted(record: &RunRecord, wrong: Wrong, step: &WrongStep, scene: &Scene<'_>) -> String {
    let of = step_words(record, step);
    let what = match wrong {
        Wrong::ActionTwice => format!("the action of {of} ran twice"),
        Wrong::CompensationTwice => format!("the compensation of {of} ran twice"),
        Wrong::ActionAfterEnd => {
            format!("the action of {of} took effect after its end was settled")
        }
        Wrong::AfterDeletion | Wrong::Noticed => format!("{of} ran again"),
    };
    let what = match scene.is_of_probes {
        true => format!("at the end the harness sent every step once more, and {what}"),
        false => what,
    };
    plain::sentence(&with_effects(&what, scene))
}

/// The clause, with the effects of the decisive commit.
pub(super) fn with_effects(clause: &str, scene: &Scene<'_>) -> String {
    if scene.effects.is_empty() {
        return clause.to_owned();
    }
    let told = &scene.effects[..scene.effects.len().min(EFFECTS_MAX)];
    let more = match scene.effects.len() - told.len() {
        0 => String::new(),
        more => format!(", and {more} more rows changed"),
    };
    format!("{clause}: {}{more}", list(told, ""))
}

/// A saga never ended.
fn open(record: &RunRecord, scene: &Scene<'_>, seen: &str) -> String {
    let open = scene.rows.open_sagas();
    let Some((id, purpose, status)) = open.first() else {
        return plain::detail(record, seen);
    };
    let number = record.saga_ids.iter().position(|it| it == id);
    let number = number.map_or_else(|| "a saga".to_owned(), |it| format!("saga {}", it + 1));
    let more = match open.len() - 1 {
        0 => String::new(),
        more => format!(", and so did {more} more"),
    };
    plain::sentence(&format!(
        "{number} ({purpose}) stayed {status} for ever{more}"
    ))
}

/// What a law of compensations tried in a savepoint. Its detail lists rows, which say nothing to a reader.
fn tried(property: &str) -> Option<&'static str> {
    Some(match property {
        "undo-twice-is-undo" => {
            "the same compensation was tried once more, and it changed the database again"
        }
        "redo-after-undo-is-dead" => {
            "the action was tried once more after its compensation, and it acted again"
        }
        "early-undo-wins" => {
            "the compensation was tried before its action, and the action acted all the same"
        }
        "undo-beside-do-is-nothing" => {
            "action and compensation were tried in one batch, and the database was not as before"
        }
        _ => return None,
    })
}

/// A step by its numbers: identities say nothing to a reader.
pub(super) fn step_words(record: &RunRecord, step: &WrongStep) -> String {
    let number = record.saga_ids.iter().position(|id| *id == step.saga);
    match number {
        Some(number) => format!("step {} of saga {}", step.step, number + 1),
        None => format!("step {} of a saga", step.step),
    }
}
