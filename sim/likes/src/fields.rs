//! Reads and writes the fields of a plan that belong to the likes.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use likewise_world::plan::{Fields, Problem};

/// Reads fields.
///
/// # Errors
/// The place of the first wrong field, and what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(fields: &Fields) -> Result<T, Problem> {
    if let Ok(value) = T::deserialize(fields) {
        return Ok(value);
    }
    // Keeping track of the path costs more than reading, so only an error is read with it.
    serde_path_to_error::deserialize(fields).map_err(|error| Problem {
        at: error.path().to_string(),
        what: error.inner().to_string(),
    })
}

/// Writes fields.
pub(super) fn write<T: Serialize>(value: &T) -> Fields {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        // Only structs with plain fields are written.
        other => unreachable!("{other:?} is no object"),
    }
}
