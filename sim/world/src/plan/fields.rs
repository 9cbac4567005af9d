//! Reads and writes the fields of a plan that belong to its system, as types of the system.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Fields, Plan, Problem};

/// Reads the fields of a set-up or of an operation. Let the type deny unknown fields, so that a typing error is found.
///
/// # Errors
/// The place of the first wrong field, and what is wrong with it.
pub fn read_fields<T: DeserializeOwned>(fields: &Fields) -> Result<T, Problem> {
    if let Ok(value) = T::deserialize(fields) {
        return Ok(value);
    }
    // Keeping track of the path costs more than reading, so only an error is read with it.
    serde_path_to_error::deserialize(fields).map_err(|error| Problem {
        at: error.path().to_string(),
        what: error.inner().to_string(),
    })
}

/// The fields of a plan that was validated, as a type.
///
/// # Panics
/// They cannot be read: the plan was not validated.
#[must_use]
pub fn valid_fields<T: DeserializeOwned>(fields: &Fields) -> T {
    read_fields(fields).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Writes the fields of a set-up or of an operation.
///
/// # Panics
/// The value is not a struct with plain fields.
#[must_use]
pub fn write_fields<T: Serialize>(value: &T) -> Fields {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        other => panic!("{other:?} is no object"),
    }
}

/// The first field of a plan that cannot be read as the set-up `S`, or as an operation `O`. A system's
/// [`problem`](crate::Workload::problem) begins with it.
#[must_use]
pub fn unreadable_fields<S: DeserializeOwned, O: DeserializeOwned>(plan: &Plan) -> Option<Problem> {
    if let Err(Problem { at, what }) = read_fields::<S>(&plan.set_up) {
        let what = match what.starts_with("unknown field") {
            true => format!("{what}, or a field that every plan has"),
            false => what,
        };
        return Some(Problem { at, what });
    }
    let mut operations = plan.workload.iter().enumerate();
    operations.find_map(|(place, operation)| {
        let Problem { at, what } = read_fields::<O>(&operation.what).err()?;
        let place = format!("workload[{place}]");
        // The path is `.` if no field is to blame.
        Some(match at == "." {
            true => Problem::new(place, what),
            false => Problem::new(format!("{place}.{at}"), what),
        })
    })
}
