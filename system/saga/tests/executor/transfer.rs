//! The saga of these tests: a transfer of five steps, with two checks in parallel and a pivot.

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use likewise_saga::{
    batcher::BatchLimits,
    bound::{Bound, within},
    env::{Clock, Entropy, Env, real},
    executor::{Executor, ExecutorConfig, SagaKinds, SagaProgress, Started, WaitGuard, detached},
    id::{Epoch, SagaId},
    log::NewSaga,
    protocol::{Definition, Document, Outcome, RetryPolicy, SagaRules, Status, StepDefinition},
    time::Timestamp,
};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};
use uuid::Uuid;

use crate::{
    participants::{Participants, Script, Story},
    saga_log::{MemoryLog, no_args},
};

/// When the saga stops sending actions.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// The shortest and the longest pause of the executor.
pub const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];
/// Failures in a row after which a saga is parked.
pub const PARK_AFTER: u32 = 5;

/// Longer than any saga here takes, on the paused clock. A saga that stands still then fails its test.
const WAIT: Bound = Bound::new("a saga of a test", Duration::from_secs(600));

/// Every step as the executor is configured.
pub const TRANSFER: &str = "transfer";
/// The steps have retry policies.
pub const TRANSFER_WITH_POLICIES: &str = "transfer with policies";

/// The policy of the debit in [`TRANSFER_WITH_POLICIES`].
pub const DEBIT: RetryPolicy = RetryPolicy {
    attempt_timeout: Some(Duration::from_millis(300)),
    pause_min: Some(Duration::from_secs(2)),
    pause_max: Some(Duration::from_secs(2)),
    deadline: None,
};
/// The policy of the fraud check in [`TRANSFER_WITH_POLICIES`].
pub const FRAUD_CHECK: RetryPolicy = RetryPolicy {
    attempt_timeout: None,
    pause_min: None,
    pause_max: None,
    deadline: Some(Duration::from_secs(1)),
};
/// The policy of the credit in [`TRANSFER_WITH_POLICIES`]. Its shortest pause is longer than the executor's longest.
pub const CREDIT: RetryPolicy = RetryPolicy {
    attempt_timeout: None,
    pause_min: Some(Duration::from_secs(2)),
    pause_max: None,
    deadline: None,
};
/// The policy of the notification in [`TRANSFER_WITH_POLICIES`]. Its longest pause is shorter than the executor's shortest.
pub const NOTIFY: RetryPolicy = RetryPolicy {
    attempt_timeout: None,
    pause_min: None,
    pause_max: Some(Duration::from_millis(40)),
    deadline: None,
};

fn define(kind: &str, args: &Document) -> Option<Definition> {
    let with_policies = match kind {
        TRANSFER => false,
        TRANSFER_WITH_POLICIES => true,
        _ => return None,
    };
    let step = |name, policy| {
        let step = StepDefinition::new(name, "service", args.clone());
        match with_policies {
            true => step.retry(policy),
            false => step,
        }
    };
    let plain = RetryPolicy::default();
    let definition = Definition::builder()
        .step(step("debit", DEBIT))
        .parallel([step("fraud_check", FRAUD_CHECK), step("limit_check", plain)])
        .pivot(step("credit", CREDIT))
        .step(step("notify", NOTIFY));
    definition.build().ok()
}

/// One transfer, its participants and its log.
pub struct Transfer {
    pub story: Story,
    pub participants: Arc<Participants>,
    pub log: Arc<MemoryLog>,
    kind: &'static str,
    env: Env,
    running: Mutex<Vec<(Executor, WaitGuard)>>,
}

impl Transfer {
    pub fn of_kind(kind: &'static str) -> Self {
        let story = Story::begin();
        let definition = define(kind, &no_args()).expect("the kind is known");
        let names = definition.steps().iter().map(|step| step.name).collect();
        Self {
            kind,
            participants: Arc::new(Participants::new(names, story.clone())),
            log: Arc::new(MemoryLog {
                story: story.clone(),
                row: Mutex::default(),
                is_away: AtomicBool::default(),
            }),
            env: Env {
                clock: Arc::new(PausedClock(Instant::now())),
                entropy: Arc::new(NoEntropy),
                ..real::env()
            },
            story,
            running: Mutex::default(),
        }
    }

    pub fn new() -> Self {
        Self::of_kind(TRANSFER)
    }

    pub fn script(self, step: &str, script: Script) -> Self {
        self.participants.script(step, script);
        self
    }

    /// Starts the saga.
    pub async fn start(&self) -> watch::Receiver<SagaProgress> {
        let new = NewSaga {
            id: SagaId(Uuid::from_u128(1)),
            kind: self.kind.to_owned(),
            args: no_args(),
            lock_key: "pair".to_owned(),
            request_key: None,
            fingerprint: 0,
            deadline_at: self.env.clock.now().plus(DEADLINE),
            settled: None,
        };
        let executor = self.executor();
        let started = executor.begin(new, detached).await;
        let Ok(Started::Running(progress, guard)) = started else {
            panic!("the saga did not start");
        };
        self.running.lock().unwrap().push((executor, guard));
        progress
    }

    /// The coordinator crashes, and its successor resumes the saga from the log.
    pub fn restart(&self) -> watch::Receiver<SagaProgress> {
        for (executor, _) in self.running.lock().unwrap().drain(..) {
            executor.stop();
        }
        self.story.add("restart");
        let row = self.log.row.lock().unwrap().clone().expect("a row");
        let executor = self.executor();
        let permits = Arc::new(Semaphore::new(1));
        executor.resume(&row, permits).expect("the row is readable");
        let progress = executor.registry().get(row.id).expect("it is driven");
        self.running.lock().unwrap().push((executor, Box::new(())));
        progress
    }

    /// Starts the saga and waits for its end. Returns the story and the outcome.
    pub async fn run(&self) -> (Vec<String>, Outcome) {
        let outcome = ended(self.start().await).await;
        (self.story.lines(), outcome)
    }

    /// The status in the log, and whether it is parked.
    pub fn logged(&self) -> (Status, bool) {
        let row = self.log.row.lock().unwrap();
        let row = row.as_ref().expect("a row");
        (row.status, row.parked)
    }

    fn executor(&self) -> Executor {
        let config = ExecutorConfig {
            pause_min: PAUSES[0],
            pause_max: PAUSES[1],
            park_after: PARK_AFTER,
            sagas_open_max: 1,
            settle_linger_max: Duration::ZERO,
            batches: BatchLimits::default(),
        };
        Executor::start(
            config,
            self.env.clone(),
            Arc::new(SagaRules),
            self.log.clone(),
            Epoch(1),
            self.participants.clone(),
            SagaKinds::new(define, &[]),
        )
    }
}

/// Waits for the end of a saga.
pub async fn ended(progress: watch::Receiver<SagaProgress>) -> Outcome {
    let progress = reached(progress, |progress| progress.outcome.is_some()).await;
    let outcome = progress.outcome;
    // The end is logged after the client is answered.
    tokio::time::sleep(Duration::from_millis(1)).await;
    outcome.expect("it was waited for")
}

/// Waits until a client that watches the saga learns of a state.
pub async fn reached(
    mut progress: watch::Receiver<SagaProgress>,
    is_reached: fn(&SagaProgress) -> bool,
) -> SagaProgress {
    let reached = within(WAIT, progress.wait_for(is_reached));
    let progress = reached.await.expect("the saga goes on");
    progress.expect("its task lives").clone()
}

/// A clock that runs with tokio's.
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp(0).plus(self.0.elapsed())
    }
}

/// No jitter differs between runs.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}
