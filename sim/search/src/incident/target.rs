//! What a run must show to be the same as an incident: the state of one saga, without identities, numbers and times.

use std::fmt;

use likewise_saga::protocol::Status;
use likewise_world::{System, check::CheckedSystem};

use super::file::{
    Belief, Believed, DirectionName, End, Incident, Step, StoredRow, StoredState, VerdictName,
};

/// The state of a saga, as the log, its leader and the barrier rows have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaState {
    /// The status in the log.
    pub status: Status,
    /// Whether it waits for a person.
    pub parked: bool,
    /// The last direction that an operator gave it.
    pub ordered: Option<DirectionName>,
    /// How it ended, in the log.
    pub end: Option<End>,
    /// Both truths about each step.
    pub steps: Vec<StepState>,
}

/// Both truths about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepState {
    /// What is believed.
    pub believed: Known,
    /// The barrier row.
    pub row: Stored,
}

/// What is believed of a step. Whether a step whose outcome is unknown was sent by this leader does not matter: its next leader does
/// not know it either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// Its effect is durable.
    Done,
    /// A rule refused it.
    Refused,
    /// It never ran and never will.
    Dead,
    /// It is compensated.
    Undone,
}

/// The barrier row of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It was not read, or is deleted: any row is the same.
    NotRead,
    /// There is none.
    None,
    /// It has this state.
    Row(StoredState),
}

/// What a run must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind of the saga.
    pub kind: String,
    /// Its state.
    pub state: SagaState,
    /// The name and the service of each step.
    pub steps: Vec<(String, String)>,
    /// Whether its deadline had passed, if it had not ended.
    pub is_past_deadline: bool,
    /// Whether a request of it had failed, if it was neither parked nor ended. Then the state lasts for an attempt at least.
    pub lasts: bool,
    /// Failed attempts in a row after which its coordinator parks a saga.
    pub park_after: u32,
    /// Whether a belief and a row contradict each other.
    pub has_contradiction: bool,
}

/// What is wrong with an incident, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path of the part.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl Target {
    /// What a run of this system must show.
    ///
    /// # Errors
    /// [`Problem`]: the system has no such saga, or the incident contradicts itself.
    pub fn of(system: &dyn System, incident: &Incident) -> Result<Self, Problem> {
        let saga = &incident.saga;
        require_steps(system, incident)?;
        let status = Status::from(saga.status);
        if status.is_open() == saga.outcome.is_some() {
            let has = if status.is_open() { "no" } else { "an" };
            let what = format!("a saga that is {} has {has} outcome", status_word(status));
            return Err(Problem::new("saga.outcome", what));
        }
        let mut orders = incident.audit.iter().rev();
        let ordered = orders.find_map(|order| direction(&order.action));
        let attempts = incident.open.as_ref().map_or(0, |open| open.attempts);
        Ok(Self {
            kind: saga.kind.clone(),
            state: SagaState {
                status,
                parked: saga.parked,
                ordered,
                end: saga.outcome.clone(),
                steps: incident.steps.iter().map(StepState::of).collect(),
            },
            steps: (incident.steps.iter())
                .map(|step| (step.name.clone(), step.service.clone()))
                .collect(),
            is_past_deadline: status.is_open() && incident.exported_at >= saga.deadline_at,
            lasts: status.is_open() && !saga.parked && attempts > 0,
            park_after: incident.configuration.park_after,
            has_contradiction: incident.verdict == VerdictName::Contradiction,
        })
    }

    /// The saga in one line: its kind, status and marks.
    #[must_use]
    pub fn title(&self) -> String {
        let state = &self.state;
        let mut words = vec![format!("{} {}", self.kind, status_word(state.status))];
        words.extend(state.end.as_ref().and_then(end_word));
        words.extend(state.parked.then(|| "parked".to_owned()));
        words.extend(
            self.is_past_deadline
                .then(|| "past its deadline".to_owned()),
        );
        words.extend(
            state
                .ordered
                .map(|order| format!("{} ordered", order_word(order))),
        );
        words.join(", ")
    }
}

impl Problem {
    fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        let (at, what) = (at.into(), what.into());
        Self { at, what }
    }
}

impl StepState {
    fn of(step: &Step) -> Self {
        Self {
            believed: Known::of(&step.believed),
            row: match (&step.barrier_error, &step.barrier) {
                (Some(_), _) => Stored::NotRead,
                (None, None) => Stored::None,
                (None, Some(row)) => Stored::of(row),
            },
        }
    }
}

impl Known {
    fn of(believed: &Believed) -> Self {
        match believed.state {
            Belief::Untouched | Belief::Unknown => Self::Nothing,
            Belief::Done => Self::Done,
            Belief::Refused => Self::Refused,
            Belief::Dead => Self::Dead,
            Belief::Undone => Self::Undone,
        }
    }
}

impl Stored {
    fn of(row: &StoredRow) -> Self {
        match row.state {
            // The row may have been there.
            StoredState::Collected => Self::NotRead,
            state => Self::Row(state),
        }
    }

    /// Whether a row of a run is the same.
    #[must_use]
    pub fn is_met_by(self, row: Self) -> bool {
        self == Self::NotRead || self == row
    }
}

/// Refuses a kind and steps that the system does not have.
fn require_steps(system: &dyn System, incident: &Incident) -> Result<(), Problem> {
    let kind = &incident.saga.kind;
    let checked: &dyn CheckedSystem = system;
    let Some(spec) = checked.saga(kind) else {
        let kinds = system.sagas().iter().map(|saga| saga.kind);
        let kinds: Vec<&str> = kinds.collect();
        let what = format!("no saga of kind `{kind}`: there are {}", kinds.join(", "));
        return Err(Problem::new("saga.kind", what));
    };
    let definition = (system.product().define)(spec.kind, &(spec.args)());
    let defined = definition.as_ref().map_or(&[][..], |it| it.steps());
    if incident.steps.len() != defined.len() {
        let (has, of) = (incident.steps.len(), defined.len());
        let what = format!("the incident has {has} of {of} steps of the saga {kind}");
        return Err(Problem::new("steps", what));
    }
    for (place, (step, defined)) in incident.steps.iter().zip(defined).enumerate() {
        let at = |field| format!("steps[{place}].{field}");
        if step.step != place {
            let what = format!("the entry must be step {place}: steps are in order");
            return Err(Problem::new(at("step"), what));
        }
        let fields = [
            ("name", &step.name, defined.name),
            ("service", &step.service, defined.service),
        ];
        for (field, found, known) in fields {
            if found != known {
                let what = format!(
                    "the {field} of step {place} of the saga {kind} is not `{found}`: there are {known}"
                );
                return Err(Problem::new(at(field), what));
            }
        }
    }
    Ok(())
}

/// The direction that an action of the audit gives.
pub(super) fn direction(action: &str) -> Option<DirectionName> {
    match action {
        "abort" => Some(DirectionName::Abort),
        "force_complete" => Some(DirectionName::ForceComplete),
        _ => None,
    }
}

/// A status in one word.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Compensating => "compensating",
        Status::Compensated => "compensated",
    }
}

/// What an end says beyond the status.
pub(super) fn end_word(end: &End) -> Option<String> {
    match end {
        End::Done => None,
        End::Refused { step, code } => Some(format!("step {step} refused with {code}")),
        End::TimedOut => Some("timed out".to_owned()),
        End::NoOp { code } => Some(format!("not needed: {code}")),
    }
}

pub(super) fn order_word(order: DirectionName) -> &'static str {
    match order {
        DirectionName::Abort => "abort",
        DirectionName::ForceComplete => "force",
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nothing => "unknown",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Dead => "dead",
            Self::Undone => "undone",
        })
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotRead => "not read",
            Self::None => "no row",
            Self::Row(StoredState::Done) => "done",
            Self::Row(StoredState::Refused) => "refused",
            Self::Row(StoredState::Undone) => "undone",
            Self::Row(StoredState::Tombstone) => "tombstone",
            Self::Row(StoredState::Collected) => "collected",
        })
    }
}
