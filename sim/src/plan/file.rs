//! Plans as files: JSON that people read, edit and commit.

use std::{fs, io, path::Path};

use super::{Fault, Host, PLAN_VERSION, Plan, Side, Trigger};

/// A plan cannot be used. Says what is wrong and where.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read the plan {path}: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It is not a plan.
    #[error("{path} is not a plan: {reason}")]
    NotAPlan {
        /// Which file.
        path: String,
        /// Why, with line and column.
        reason: String,
    },
    /// It is of another version.
    #[error(
        "{path} is a plan of version {found}, this program reads version {PLAN_VERSION}: generate it again from its seed, or use the program that wrote it"
    )]
    OtherVersion {
        /// Which file.
        path: String,
        /// Its version.
        found: u64,
    },
    /// It contradicts itself.
    #[error("{path} cannot be run: {reason}")]
    Impossible {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// Reads and checks a plan.
///
/// # Errors
/// [`PlanError`].
pub fn read(path: &Path) -> Result<Plan, PlanError> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| PlanError::Unreadable {
        path: shown.clone(),
        source,
    })?;
    let not_a_plan = |error: serde_json::Error| PlanError::NotAPlan {
        path: shown.clone(),
        reason: error.to_string(),
    };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(not_a_plan)?;
    if let Some(found) = value.get("version").and_then(serde_json::Value::as_u64)
        && found != u64::from(PLAN_VERSION)
    {
        return Err(PlanError::OtherVersion { path: shown, found });
    }
    let plan: Plan = serde_json::from_str(&text).map_err(not_a_plan)?;
    match problem(&plan) {
        None => Ok(plan),
        Some(reason) => Err(PlanError::Impossible {
            path: shown,
            reason,
        }),
    }
}

/// Writes a plan.
///
/// # Errors
/// The operating system's.
pub fn write(path: &Path, plan: &Plan) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(plan)?;
    text.push('\n');
    fs::write(path, text)
}

/// What makes a plan impossible to run.
fn problem(plan: &Plan) -> Option<String> {
    if plan.articles == 0 {
        return Some("it has no articles".to_owned());
    }
    if plan.timing.tick_millis == 0 || plan.timing.latency_max_millis < plan.timing.tick_millis {
        return Some(
            "a tick must be at least 1 ms, and no longer than the longest latency".to_owned(),
        );
    }
    for (place, operation) in plan.workload.iter().enumerate() {
        if operation.article == 0 || operation.article > plan.articles {
            return Some(format!(
                "workload[{place}] wants article {}, there are {}",
                operation.article, plan.articles
            ));
        }
        if operation.user < 1 || operation.clicks == 0 {
            return Some(format!(
                "workload[{place}] needs a user from 1 and at least one click"
            ));
        }
    }
    plan.faults.iter().enumerate().find_map(|(place, planned)| {
        contradiction(&planned.trigger, &planned.fault).map(|why| format!("faults[{place}]: {why}"))
    })
}

fn contradiction(trigger: &Trigger, fault: &Fault) -> Option<String> {
    let at_message = |side| matches!(trigger, Trigger::Message(cut) if side == cut.side);
    match fault {
        Fault::LoseReply if !at_message(Side::After) => {
            Some("lose_reply needs a message trigger with side after".to_owned())
        }
        Fault::LoseRequest | Fault::Duplicate { .. } | Fault::ReplayLate { .. }
            if !at_message(Side::Before) =>
        {
            Some(format!(
                "{} needs a message trigger with side before",
                fault.kind().name()
            ))
        }
        Fault::Delay { .. } if !matches!(trigger, Trigger::Message(_)) => {
            Some("delay needs a message trigger".to_owned())
        }
        Fault::Crash { host, .. } if !Host::SERVICES.contains(host) => {
            Some(format!("{host} cannot crash, only the services can"))
        }
        Fault::Partition { a, b, .. } if a == b => {
            Some(format!("{a} cannot be parted from itself"))
        }
        Fault::PartitionOneWay { from, to, .. } if from == to => {
            Some(format!("{from} cannot be parted from itself"))
        }
        _ => match trigger {
            Trigger::Message(cut) if cut.nth == 0 => Some("nth counts from 1".to_owned()),
            Trigger::Commit(cut) if cut.nth == 0 => Some("nth counts from 1".to_owned()),
            Trigger::Commit(cut) if !Host::SERVICES.contains(&cut.host) => {
                Some(format!("{} has no database", cut.host))
            }
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Operation, generate};

    #[test]
    fn a_plan_survives_its_file() {
        let folder = std::env::temp_dir().join(format!("likewise-plan-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("plan.json");
        let plan = generate(7);
        write(&path, &plan).unwrap();
        assert_eq!(read(&path).unwrap(), plan);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn contradictions_are_named() {
        let plan = Plan::new("x").with_operation(Operation::new(1, Action::Like, 2, 0));
        assert_eq!(
            problem(&plan).unwrap(),
            "workload[0] wants article 2, there are 1"
        );
        let plan = Plan::new("x").with_fault(Trigger::At { millis: 1 }, Fault::LoseReply);
        assert_eq!(
            problem(&plan).unwrap(),
            "faults[0]: lose_reply needs a message trigger with side after"
        );
        let crash = Fault::Crash {
            host: Host::Clients,
            down_millis: 1,
        };
        let plan = Plan::new("x").with_fault(Trigger::At { millis: 1 }, crash);
        assert!(problem(&plan).unwrap().contains("only the services can"));
    }
}
