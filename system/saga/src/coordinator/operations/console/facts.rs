//! What an order is based on, in words: so that an operator sees what has changed in the meantime.
//!
//! The tag alone decides whether an order is carried out. These facts travel in the form, and are only shown.

use super::words;
use crate::{coordinator::operations::inspection::Inspection, log::PauseOf};

/// Facts with their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts(Vec<(String, String)>);

/// A fact that has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) now: String,
}

impl Facts {
    /// What the tag of an inspection covers.
    pub(super) fn of(inspection: &Inspection) -> Self {
        let row = &inspection.row;
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let order = inspection.direction.map(|direction| direction.name());
        let pause = inspection.pause.as_ref().map(|pause| match pause {
            PauseOf::Saga(_) => "this saga".to_owned(),
            other => other.to_string(),
        });
        let none = || "none".to_owned();
        let mut facts = vec![
            ("Status".to_owned(), words::status(row.status).to_owned()),
            ("Parked".to_owned(), yes(row.parked)),
            ("Last change".to_owned(), words::moment(row.updated_at)),
            (
                "Epoch of its last write".to_owned(),
                row.epoch.0.to_string(),
            ),
            (
                "Epoch of the leader".to_owned(),
                inspection
                    .epoch
                    .map_or_else(none, |epoch| epoch.0.to_string()),
            ),
            (
                "Order in force".to_owned(),
                order.map_or_else(none, str::to_owned),
            ),
            ("Paused".to_owned(), pause.unwrap_or_else(none)),
        ];
        facts.extend(inspection.steps.iter().map(|step| {
            let name = format!("Row of step {} at {}", step.step, step.service);
            let fact = match (&step.barrier, &step.barrier_error) {
                (_, Some(_)) => "not read".to_owned(),
                (None, None) => none(),
                (Some(row), None) => match row.created_at {
                    Some(at) => format!("{}, {}", words::stored(row), words::moment(at)),
                    None => words::stored(row).to_owned(),
                },
            };
            (name, fact)
        }));
        Self(facts)
    }

    /// For a field of a form.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Reads what a form sends back. A form that was changed by hand shows what it likes to its sender.
    pub(super) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    /// What has changed since then.
    pub(super) fn since(&self, before: &Self) -> Vec<Difference> {
        let was = |name: &str| {
            let found = before.0.iter().find(|fact| fact.0 == name);
            found.map(|fact| fact.1.clone())
        };
        let differences = self.0.iter().filter_map(|(name, now)| {
            let before = was(name).filter(|before| before != now)?;
            Some(Difference {
                name: name.clone(),
                before,
                now: now.clone(),
            })
        });
        differences.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_what_both_have_and_is_not_the_same() {
        let facts = |status: &str| {
            Facts(vec![
                ("Status".into(), status.into()),
                ("x".into(), "y".into()),
            ])
        };
        let (before, now) = (facts("running"), facts("compensating"));
        let before = Facts::parse(&before.text());
        let difference = Difference {
            name: "Status".into(),
            before: "running".into(),
            now: "compensating".into(),
        };
        assert_eq!(now.since(&before), [difference]);
        assert_eq!(now.since(&now), []);
        assert_eq!(now.since(&Facts::parse("no JSON")), []);
    }
}
