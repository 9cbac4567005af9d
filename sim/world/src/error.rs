//! Why a run has no record.

/// A run that has no record. It says nothing about the system under test.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan names a system that does not exist.
    #[error("there is no system '{0}': neither the product nor a planted bug has this name")]
    UnknownSystem(String),
    /// The plan contradicts itself, or names something that its system does not have.
    #[error("the plan cannot be run: {0}")]
    Impossible(String),
    /// Something broke that no fault explains: a panic, or a service that did not start.
    #[error("the run broke: {0}")]
    Broken(String),
    /// The plan forks another run, and this run is not that one up to the fork.
    #[error("the events up to event {event} are not those of the run that the plan forks")]
    OtherPrefix {
        /// The event after which the run is drawn anew.
        event: usize,
    },
    /// The plan is drawn anew after an event that its run does not have.
    #[error("the run has no event {event}, after which the plan is drawn anew")]
    NoSuchEvent {
        /// The event.
        event: usize,
    },
    /// A phase did not end within its bound.
    #[error("the run was cut off: {0}")]
    Endless(&'static str),
}
