//! One thing that differs between the databases.

use std::fmt;

use likewise_saga::id::{SagaId, StepIndex};
use serde::Serialize;

use crate::id::ArticleId;

/// One thing that differs. In JSON, `kind` names the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Difference {
    /// The count of an article is not the number of its records, with what its open sagas have done so far.
    Count {
        /// The article.
        article: ArticleId,
        /// Its count.
        count: i64,
        /// What the count must be.
        expected: i64,
        /// Its records.
        records: i64,
        /// Its open sagas. A count with open sagas is not repaired.
        open_sagas: u64,
    },
    /// There are records of an article that does not exist.
    RecordsWithoutArticle {
        /// The id in the records.
        article: ArticleId,
        /// How many there are.
        records: i64,
    },
    /// A saga completed, and one of its steps is not done.
    StepNotDone {
        /// The saga.
        saga: SagaId,
        /// The step.
        step: StepIndex,
        /// The service of the step.
        service: &'static str,
        /// What the service has instead.
        found: StepFound,
    },
    /// A saga was compensated, and one of its steps is still done.
    StepNotUndone {
        /// The saga.
        saga: SagaId,
        /// The step.
        step: StepIndex,
        /// The service of the step.
        service: &'static str,
    },
    /// A step is done, and the log does not have its saga.
    StepWithoutSaga {
        /// The saga.
        saga: SagaId,
        /// The step.
        step: i64,
        /// The service of the step.
        service: &'static str,
    },
    /// A saga is open although it is below the retention watermark: no service does its steps any more.
    OpenBelowWatermark {
        /// The saga.
        saga: SagaId,
    },
    /// A service has a higher retention watermark than the log, which was restored from an older backup.
    WatermarkAhead {
        /// The watermark of the service: it refuses every saga below.
        watermark: SagaId,
        /// That of the log.
        log: Option<SagaId>,
        /// The service.
        service: &'static str,
    },
    /// The row of a saga cannot be read: it was changed by hand, or a newer version wrote it.
    UnreadableSaga {
        /// The saga.
        saga: SagaId,
    },
    /// The article service would give out an id again.
    Identity {
        /// The highest id that the article service knows to have given out.
        identity: i64,
        /// The highest id that was found in any of the databases.
        highest: ArticleId,
    },
}

/// What a service has of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepFound {
    /// No row.
    Missing,
    /// The action's effect.
    Done,
    /// A refusal.
    Refused,
    /// The effect was compensated.
    Undone,
    /// A tombstone.
    Tombstone,
    /// A tombstone that a repair left for a step that was missing.
    Lost,
    /// A row that no version wrote.
    Invalid,
}

impl Difference {
    /// The name of its kind, as in JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Count { .. } => "count",
            Self::RecordsWithoutArticle { .. } => "records-without-article",
            Self::StepNotDone { .. } => "step-not-done",
            Self::StepNotUndone { .. } => "step-not-undone",
            Self::StepWithoutSaga { .. } => "step-without-saga",
            Self::OpenBelowWatermark { .. } => "open-below-watermark",
            Self::WatermarkAhead { .. } => "watermark-ahead",
            Self::UnreadableSaga { .. } => "unreadable-saga",
            Self::Identity { .. } => "identity",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count {
                article,
                count,
                expected,
                records,
                open_sagas,
            } => write!(
                f,
                "article {article}: count {count}, must be {expected} ({records} records, {open_sagas} open sagas)"
            ),
            Self::RecordsWithoutArticle { article, records } => {
                write!(
                    f,
                    "article {article} does not exist and has {records} records"
                )
            }
            Self::StepNotDone {
                saga,
                step,
                service,
                found,
            } => write!(f, "saga {saga}: step {step} ({service}) is {found}"),
            Self::StepNotUndone {
                saga,
                step,
                service,
            } => write!(f, "saga {saga}: step {step} ({service}) is done"),
            Self::StepWithoutSaga {
                saga,
                step,
                service,
            } => write!(f, "saga {saga}: step {step} ({service}) is done"),
            Self::UnreadableSaga { saga } | Self::OpenBelowWatermark { saga } => {
                write!(f, "saga {saga}")
            }
            Self::WatermarkAhead {
                watermark, service, ..
            } => write!(f, "{service}: sagas below {watermark}"),
            Self::Identity { identity, highest } => {
                let next = identity.saturating_add(1);
                write!(
                    f,
                    "the next article gets id {next}, and id {highest} is in use"
                )
            }
        }
    }
}

impl fmt::Display for StepFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Undone => "undone",
            Self::Tombstone => "a tombstone",
            Self::Lost => "lost",
            Self::Invalid => "invalid",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_kind_is_that_of_its_json() {
        let saga = SagaId(uuid::Uuid::nil());
        let article = ArticleId(1);
        let (step, service) = (0, "user");
        for difference in [
            Difference::Count {
                article,
                count: 1,
                expected: 2,
                records: 2,
                open_sagas: 0,
            },
            Difference::RecordsWithoutArticle {
                article,
                records: 1,
            },
            Difference::StepNotDone {
                saga,
                step,
                service,
                found: StepFound::Missing,
            },
            Difference::StepNotUndone {
                saga,
                step,
                service,
            },
            Difference::StepWithoutSaga {
                saga,
                step: 0,
                service,
            },
            Difference::UnreadableSaga { saga },
            Difference::OpenBelowWatermark { saga },
            Difference::WatermarkAhead {
                watermark: saga,
                log: None,
                service,
            },
            Difference::Identity {
                identity: 1,
                highest: article,
            },
        ] {
            assert_eq!(serde_json::json!(difference)["kind"], difference.kind());
            assert!(difference.to_string().len() <= 78, "{difference}");
        }
    }
}
