//! Plans as files: JSON that people read, edit and commit.

use std::{fs, io, path::Path};

use super::{PLAN_VERSION, Plan, validate::problem};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::generate;

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
}
