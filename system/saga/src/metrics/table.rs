//! All metrics of the kit, in the order of the documentation. A test compares them with a scrape, and with the page.

use super::{process, spec::MetricSpec};
use crate::{
    alerts::metrics as alerts,
    batcher::stats as batches,
    coordinator::{metrics as coordinator, step_counts as steps},
    executor::metrics as sagas,
    http::metrics as http,
    participant::{metrics as participant, verdict_counts as verdicts},
    store::metrics as store,
};

/// All metrics of the kit, in groups with a title.
pub static METRICS: [(&str, &[&MetricSpec]); 7] = [
    (
        "Sagas",
        &[
            &sagas::STARTED,
            &sagas::RECOVERED,
            &sagas::ENDED,
            &sagas::COMPENSATIONS,
            &sagas::PARKED_EVER,
            &coordinator::OPEN,
            &coordinator::PARKED,
            &coordinator::UNREADABLE,
            &coordinator::OLDEST,
        ],
    ),
    (
        "Coordinator",
        &[
            &coordinator::LEADER,
            &coordinator::EPOCH,
            &coordinator::TAKEOVERS,
            &coordinator::RECOVERED,
            &coordinator::ADMITTED,
            &coordinator::ADMITTED_MAX,
            &coordinator::REACHABLE,
        ],
    ),
    (
        "Alerts",
        &[
            &alerts::DELIVERED,
            &alerts::FAILED,
            &alerts::GIVEN_UP,
            &alerts::PENDING,
            &alerts::OLDEST,
        ],
    ),
    (
        "Steps and queues",
        &[
            &steps::TIMES,
            &steps::ATTEMPTS,
            &verdicts::VERDICTS,
            &batches::SIZES,
            &batches::QUEUED,
            &batches::REFUSED,
        ],
    ),
    (
        "Databases",
        &[
            &store::CONNECTIONS,
            &store::CONNECTIONS_MAX,
            &store::WAITING,
            &store::ACQUIRE,
            &store::EXHAUSTED,
            &store::THROWN_AWAY,
            &store::REACHABLE,
            &participant::WATERMARK_AGE,
            &participant::COLLECTED,
        ],
    ),
    ("HTTP", &http::SPECS),
    ("Process", &[&process::BUILD, &process::STARTED]),
];
