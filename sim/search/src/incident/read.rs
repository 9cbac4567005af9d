//! Reads the file of an incident. It comes from somebody else's machine, so each way in which it can be wrong has a message, with
//! the place.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use likewise_world::{
    System,
    plan::diagnostic::{place_at, place_of, place_of_quoted, pointing, with_hint, without_place},
};
use serde_json::Value;

use super::{
    file::{INCIDENT_VERSION, Incident},
    target::Target,
};

/// The largest file that is read. An export has some kilobytes.
const BYTES_MAX: u64 = 4 << 20;

/// A file that cannot be used. Each message points at the place.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    /// The file cannot be read.
    #[error("cannot read the incident {path}: {source}")]
    Unreadable {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is too large to be an incident.
    #[error(
        "{path} is not an incident: it has more than {BYTES_MAX} bytes, and the export of a saga has some thousand"
    )]
    TooLarge {
        /// The path of the file.
        path: String,
    },
    /// The file is not an incident.
    #[error(
        "{path} is not an incident; `likewise saga show SAGA --export FILE` writes one\n{reason}"
    )]
    NotAnIncident {
        /// The path of the file.
        path: String,
        /// What is wrong, with the lines around the place.
        reason: String,
    },
    /// The incident has another version.
    #[error(
        "{path} is an incident of version {found}, this program reads version {INCIDENT_VERSION}: use the program of the release that exported it\n{reason}"
    )]
    OtherVersion {
        /// The path of the file.
        path: String,
        /// The version of the incident.
        found: u64,
        /// The lines around the version.
        reason: String,
    },
    /// The incident is not one of this system, or contradicts itself.
    #[error("{path} is not an incident of the system that runs here\n{reason}")]
    Foreign {
        /// The path of the file.
        path: String,
        /// What is wrong, with the lines around the place.
        reason: String,
    },
}

/// Reads the incident in a file, and what a run must show to be the same.
///
/// # Errors
/// [`IncidentError`]: the file cannot be read, or is no incident of this system.
pub fn read(system: &dyn System, path: &Path) -> Result<(Incident, Target), IncidentError> {
    let shown = path.display().to_string();
    let unreadable = |source| IncidentError::Unreadable {
        path: shown.clone(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.take(BYTES_MAX + 1).read_to_string(&mut text);
    if bytes.map_err(unreadable)? as u64 > BYTES_MAX {
        return Err(IncidentError::TooLarge { path: shown });
    }
    parse(system, shown, &text)
}

fn parse(
    system: &dyn System,
    path: String,
    text: &str,
) -> Result<(Incident, Target), IncidentError> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let place = place_at(text, error.line(), error.column());
            let reason = pointing(&path, text, place, &without_place(&error.to_string()));
            return Err(IncidentError::NotAnIncident { path, reason });
        }
    };
    // The version comes before the fields: those of another version may differ.
    let is_incident = value["type"] == "incident";
    if let (true, Some(found)) = (is_incident, value["version"].as_u64())
        && found != u64::from(INCIDENT_VERSION)
    {
        let what = format!("this is version {found}");
        let reason = pointing(&path, text, place_of(text, "version"), &what);
        return Err(IncidentError::OtherVersion {
            path,
            found,
            reason,
        });
    }
    let incident: Incident = match serde_path_to_error::deserialize(value) {
        Ok(incident) => incident,
        Err(error) => {
            let what = with_hint(&error.inner().to_string());
            let reason = at(&path, text, &error.path().to_string(), &what);
            return Err(IncidentError::NotAnIncident { path, reason });
        }
    };
    match Target::of(system, &incident) {
        Ok(target) => Ok((incident, target)),
        Err(problem) => {
            let reason = at(&path, text, &problem.at, &with_hint(&problem.what));
            Err(IncidentError::Foreign { path, reason })
        }
    }
}

/// The message with the lines around a part of the file.
fn at(path: &str, text: &str, part: &str, what: &str) -> String {
    let place = place_of_quoted(text, place_of(text, part), what);
    pointing(path, text, place, what)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use likewise_world::testing::SHOP;
    use serde_json::json;

    use super::*;
    use crate::incident::samples::stuck_order;

    /// The error about a file with this content.
    #[track_caller]
    fn error_of(value: &Value) -> String {
        let text = serde_json::to_string_pretty(value).unwrap();
        let error = parse(&SHOP, "incident.json".to_owned(), &text);
        error.unwrap_err().to_string()
    }

    /// The error about the sample with another value at a pointer.
    #[track_caller]
    fn error_with(pointer: &str, other: Value) -> String {
        let mut value = serde_json::to_value(stuck_order()).unwrap();
        *value.pointer_mut(pointer).expect(pointer) = other;
        error_of(&value)
    }

    #[test]
    fn an_incident_survives_its_file() {
        let text = serde_json::to_string(&stuck_order()).unwrap();
        let (incident, target) = parse(&SHOP, String::new(), &text).unwrap();
        assert_eq!(incident, stuck_order());
        assert_eq!(target.kind, "order");
    }

    #[test]
    fn a_file_that_is_no_incident_is_refused_with_the_place() {
        let broken = parse(&SHOP, "x.json".to_owned(), "{\n \"type\": oops }").unwrap_err();
        let broken = broken.to_string();
        assert!(broken.contains("x.json:2:"), "{broken}");
        assert!(broken.contains("--export FILE"), "{broken}");
        let plan = error_of(&json!({"version": 2, "name": "a plan"}));
        assert!(plan.contains("is not an incident"), "{plan}");
        let other = error_with("/type", json!("plan"));
        assert!(other.contains("unknown variant `plan`"), "{other}");
        let version = error_with("/version", json!(7));
        assert!(version.contains("incident of version 7"), "{version}");
        assert!(version.contains("\"version\": 7"), "{version}");
        let status = error_with("/saga/status", json!("runing"));
        assert!(status.contains("did you mean running"), "{status}");
    }

    #[test]
    fn an_incident_of_another_system_is_refused_with_the_name_that_was_meant() {
        let kind = error_with("/saga/kind", json!("ordre"));
        assert!(kind.contains("no saga of kind `ordre`"), "{kind}");
        assert!(kind.contains("did you mean order"), "{kind}");
        let step = error_with("/steps/1/name", json!("steal"));
        assert!(
            step.contains("step 1 of the saga") && step.contains("`steal`"),
            "{step}"
        );
        let service = error_with("/steps/0/service", json!("stoer"));
        assert!(service.contains("did you mean store"), "{service}");
        let mut short = serde_json::to_value(stuck_order()).unwrap();
        short["steps"].as_array_mut().unwrap().pop();
        let short = error_of(&short);
        assert!(short.contains("2 of 3 steps"), "{short}");
        let number = error_with("/steps/1/step", json!(0));
        assert!(number.contains("must be step 1"), "{number}");
        let open = error_with("/saga/status", json!("completed"));
        assert!(open.contains("completed has an outcome"), "{open}");
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_parsed() {
        let path = std::env::temp_dir().join(format!("likewise-huge-{}", std::process::id()));
        fs::write(&path, " ".repeat(BYTES_MAX as usize + 1)).unwrap();
        let error = read(&SHOP, &path).unwrap_err().to_string();
        fs::remove_file(&path).unwrap();
        assert!(error.contains("more than 4194304 bytes"), "{error}");
        let missing = read(&SHOP, &path).unwrap_err().to_string();
        assert!(missing.contains("cannot read the incident"), "{missing}");
    }
}
