//! Orders of operators, as the checks know them: what was sent, what was answered, and what the audit has.

use serde_json::Value;
use uuid::Uuid;

use crate::record::{Row, RowError};

/// What an operator orders, or how an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAction {
    /// To send what is under way again now.
    Retry,
    /// To undo the saga.
    Abort,
    /// To complete it, whatever its deadline is.
    ForceComplete,
    /// To send nothing of it.
    Pause,
    /// To send again.
    Resume,
    /// No order: a saga that was given a direction has ended, or turned back.
    Settled,
}

impl OrderAction {
    const ALL: [Self; 6] = [
        Self::Retry,
        Self::Abort,
        Self::ForceComplete,
        Self::Pause,
        Self::Resume,
        Self::Settled,
    ];

    /// Its name in the audit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Abort => "abort",
            Self::ForceComplete => "force_complete",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Settled => "settled",
        }
    }

    /// Its name in a path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::ForceComplete => "force-complete",
            other => other.name(),
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Whether it gives a saga a direction.
    #[must_use]
    pub fn is_direction(self) -> bool {
        matches!(self, Self::Abort | Self::ForceComplete)
    }
}

/// What an operator was shown of a saga, under one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSaga {
    /// The saga.
    pub saga: Uuid,
    /// The barrier row of each step, and whether it could not be read.
    pub barrier: Vec<(Value, bool)>,
}

impl ShownSaga {
    /// The barrier rows in a list of steps, as answers and the audit have them. `None` if it is no such list.
    #[must_use]
    pub fn barrier_of(steps: &Value) -> Option<Vec<(Value, bool)>> {
        let steps = steps.as_array()?.iter();
        Some(
            steps
                .map(|step| (step["barrier"].clone(), !step["barrier_error"].is_null()))
                .collect(),
        )
    }
}

/// An order that an operator sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentOrder {
    /// Who.
    pub actor: String,
    /// Why. Each order has another reason, which it keeps when it is sent again.
    pub reason: String,
    /// What.
    pub action: OrderAction,
    /// The saga. `None` for a batch.
    pub saga: Option<Uuid>,
    /// What it is based on. `None` for a batch.
    pub shown: Option<ShownSaga>,
}

/// An order that a coordinator has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredOrder {
    /// The order.
    pub sent: SentOrder,
    /// The number of its entry in the audit.
    pub number: i64,
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What. `None` if it has an unknown name.
    pub action: Option<OrderAction>,
    /// The saga. `None` for a kind or a service.
    pub saga: Option<Uuid>,
    /// The batch.
    pub batch: Option<String>,
    /// What the log and the participants said.
    pub truth: String,
}

impl AuditRow {
    pub(super) fn read(row: &Row) -> Result<Self, RowError> {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            actor: text("actor")?,
            reason: text("reason")?,
            action: OrderAction::of_name(row.text("action")?),
            saga: match row.text("scope")? {
                "saga" => Some(row.parse("target")?),
                _ => None,
            },
            batch: row.text_or_null("batch")?.map(str::to_owned),
            truth: text("truth")?,
        })
    }

    /// The barrier rows on which the order was based. `None` if the entry has none.
    #[must_use]
    pub fn barrier(&self) -> Option<Vec<(Value, bool)>> {
        let truth: Value = serde_json::from_str(&self.truth).ok()?;
        ShownSaga::barrier_of(&truth["steps"])
    }

    /// Whether it is this order.
    pub(super) fn is_of(&self, sent: &SentOrder) -> bool {
        let is_same = (&self.actor, &self.reason) == (&sent.actor, &sent.reason);
        is_same
            && self.action == Some(sent.action)
            && (sent.saga.is_none() || self.saga == sent.saga)
    }
}
