//! Why a saga cannot be driven although its row can be read.

/// Why the row of a saga does not say how the saga goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotResume {
    /// No saga of this kind with these arguments is known. A newer version may have written the row; run that version.
    #[error(
        "no saga of kind {0} with these arguments is known; a newer version may have written it"
    )]
    UnknownKind(String),
    /// The column `steps` has the wrong number of records. Somebody changed the row by hand, or there is a defect.
    #[error("the column steps has {stored} records, the saga has {expected} steps")]
    WrongSteps {
        /// The number of records.
        stored: usize,
        /// The number of steps.
        expected: usize,
    },
}
