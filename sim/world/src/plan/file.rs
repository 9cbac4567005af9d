//! Plans as files: JSON that people read, edit and commit.
//!
//! A file is checked in steps, each with a message of its own: is it JSON, is it a plan of this version, and can the
//! plan be run. The last one is in `validate.rs`.

use std::{fs, io, path::Path};

use super::{
    PLAN_VERSION, Plan,
    diagnostic::{place_at, place_of, place_of_quoted, pointing, with_hint, without_place},
    validate::problem,
};
use crate::System;

/// A plan that cannot be used. Each message points at the place in the file.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read the plan {path}: {source}")]
    Unreadable {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is not a plan.
    #[error("{path} is not a plan\n{reason}")]
    NotAPlan {
        /// The path of the file.
        path: String,
        /// What is wrong, with the lines around the place.
        reason: String,
    },
    /// The plan has another version.
    #[error(
        "{path} is a plan of version {found}, this program reads version {PLAN_VERSION}: generate it again from its seed, or use the program that wrote it\n{reason}"
    )]
    OtherVersion {
        /// The path of the file.
        path: String,
        /// The version of the plan.
        found: u64,
        /// The lines around the version.
        reason: String,
    },
    /// The plan contradicts itself.
    #[error("{path} cannot be run\n{reason}")]
    Impossible {
        /// The path of the file.
        path: String,
        /// What is wrong, with the lines around the place.
        reason: String,
    },
}

/// Reads and validates a plan.
///
/// # Errors
/// [`PlanError`]: the file cannot be read, or the plan cannot be run.
pub fn read(system: &dyn System, path: &Path) -> Result<Plan, PlanError> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| PlanError::Unreadable {
        path: shown.clone(),
        source,
    })?;
    parse(system, shown, &text)
}

fn parse(system: &dyn System, path: String, text: &str) -> Result<Plan, PlanError> {
    let value: serde_json::Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let place = place_at(text, error.line(), error.column());
            let reason = pointing(&path, text, place, &without_place(&error.to_string()));
            return Err(PlanError::NotAPlan { path, reason });
        }
    };
    if let Some(found) = value.get("version").and_then(serde_json::Value::as_u64)
        && found != u64::from(PLAN_VERSION)
    {
        let what = format!("this is version {found}");
        let reason = pointing(&path, text, place_of(text, "version"), &what);
        return Err(PlanError::OtherVersion {
            path,
            found,
            reason,
        });
    }
    let plan: Plan = match serde_path_to_error::deserialize(value) {
        Ok(plan) => plan,
        Err(error) => {
            let what = with_hint(&error.inner().to_string());
            let around = place_of(text, &error.path().to_string());
            let place = place_of_quoted(text, around, &what);
            let reason = pointing(&path, text, place, &what);
            return Err(PlanError::NotAPlan { path, reason });
        }
    };
    match problem(system, &plan) {
        None => Ok(plan),
        Some(what) => {
            let place = place_of_quoted(text, place_of(text, &what.at), &what.what);
            let reason = pointing(&path, text, place, &with_hint(&what.to_string()));
            Err(PlanError::Impossible { path, reason })
        }
    }
}

/// Writes a plan as JSON.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, plan: &Plan) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(plan)?;
    text.push('\n');
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Fault, Redraw, Trigger, generate};
    use crate::testing::{SHOP, STORE, one_order};

    #[test]
    fn a_plan_survives_its_file() {
        let folder = std::env::temp_dir().join(format!("likewise-plan-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("plan.json");
        let plan = generate(&SHOP, 7);
        write(&path, &plan).unwrap();
        assert_eq!(read(&SHOP, &path).unwrap(), plan);
        fs::remove_dir_all(folder).unwrap();
    }

    /// The error about the text of a plan after `from` was replaced by `to`.
    fn error_after(from: &str, to: &str) -> String {
        let plan = generate(&SHOP, 7);
        let text = serde_json::to_string_pretty(&plan).unwrap();
        assert!(text.contains(from), "{text}");
        let error = parse(&SHOP, "plan.json".to_owned(), &text.replacen(from, to, 1));
        error.unwrap_err().to_string()
    }

    #[test]
    fn an_error_points_at_an_unknown_host_and_an_unknown_fault() {
        let mut plan = one_order().with_fault(
            Trigger::At { millis: 5 },
            Fault::Crash {
                host: STORE,
                down_millis: 7,
            },
        );
        plan.name = "x".to_owned();
        let text = serde_json::to_string_pretty(&plan).unwrap();
        for (from, to) in [
            (r#""host": "store""#, r#""host": "stor""#),
            (r#""crash""#, r#""crush""#),
        ] {
            assert!(text.contains(from), "{text}");
            let wrong = text.replacen(from, to, 1);
            let said = parse(&SHOP, "plan.json".to_owned(), &wrong)
                .unwrap_err()
                .to_string();
            let is_named = said.contains("unknown variant") || said.contains("no host `stor`");
            let is_there = is_named && said.contains("here");
            let meant = from.rsplit('"').nth(1).unwrap();
            let is_meant = said.contains(&format!("did you mean {meant}"));
            assert!(is_meant, "{said}");
            assert!(is_there, "{said}");
            let line = wrong.lines().position(|line| line.contains(to)).unwrap() + 1;
            assert!(said.contains(&format!("plan.json:{line}:")), "{said}");
        }
    }

    /// The field is younger than the version of the format.
    #[test]
    fn a_plan_without_a_fork_is_read_and_a_wrong_fork_is_pointed_at() {
        let mut plan = one_order();
        let text = serde_json::to_string_pretty(&plan).unwrap();
        assert!(!text.contains("redraw_after"), "{text}");
        assert_eq!(parse(&SHOP, String::new(), &text).unwrap(), plan);
        plan.redraw_after = Some(Redraw {
            event: 42,
            noise: 7,
            later_faults_from: 3,
            prefix: None,
        });
        let text = serde_json::to_string_pretty(&plan).unwrap();
        let error = parse(&SHOP, "plan.json".to_owned(), &text).unwrap_err();
        let line = text
            .lines()
            .position(|line| line.contains("\"later_faults_from\""));
        let place = format!("plan.json:{}:", line.unwrap() + 1);
        let said = error.to_string();
        assert!(
            said.contains(&place) && said.contains("only 0 faults"),
            "{said}"
        );
    }

    #[test]
    fn an_error_points_at_broken_text_another_version_and_an_unknown_field() {
        assert!(error_after("\"workload\": [", "\"workload\": [,").contains("plan.json:"));
        let version = error_after(&format!("\"version\": {PLAN_VERSION}"), "\"version\": 1");
        assert!(version.contains("this is version 1"), "{version}");
        let none = error_after("\"shelves\": ", "\"shelves\": 0, \"x\": ");
        assert!(none.contains("unknown field `x`"), "{none}");
    }
}
