//! Participants in memory: each step has a barrier row, and a script that says how its requests are answered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use likewise_barrier::{BarrierState, Judgement, initial_state, judge};
use likewise_saga::{
    executor::StepSender,
    protocol::{Document, NoReply, Op, StepReply, StepRequest},
};
use tokio::time::{Instant, sleep};

/// How long a request takes.
pub const LATENCY: Duration = Duration::from_millis(1);

/// What happened to a saga, in order.
#[derive(Clone)]
pub struct Story {
    begun: Instant,
    lines: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl Story {
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            lines: Arc::default(),
        }
    }

    pub fn add(&self, line: impl Into<String>) {
        let line = (self.begun.elapsed(), line.into());
        self.lines.lock().unwrap().push(line);
    }

    pub fn lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().map(|(_, line)| line.clone()).collect()
    }

    /// When a line was added, each time.
    pub fn times_of(&self, line: &str) -> Vec<Duration> {
        let lines = self.lines.lock().unwrap();
        let found = lines.iter().filter(|(_, other)| other == line);
        found.map(|(at, _)| *at).collect()
    }
}

/// How the requests for one step are answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Script {
    /// How much longer than usual a request takes.
    pub delay: Duration,
    /// The first requests fail at once, without an effect.
    pub failures: u32,
    /// The replies to the first requests that are served are lost: nothing answers.
    pub replies_lost: u32,
    /// A business rule refuses the action.
    pub refuses: bool,
    /// The service has a watermark above the saga.
    pub is_stale: bool,
}

/// The services of a saga.
pub struct Participants {
    pub story: Story,
    names: Vec<&'static str>,
    steps: Mutex<BTreeMap<usize, Step>>,
}

#[derive(Default)]
struct Step {
    script: Script,
    row: Option<BarrierState>,
}

impl Participants {
    /// The participants of a saga whose steps have these names.
    pub fn new(names: Vec<&'static str>, story: Story) -> Self {
        Self {
            story,
            names,
            steps: Mutex::default(),
        }
    }

    /// How the requests for a step are answered from now on.
    pub fn script(&self, name: &str, script: Script) {
        self.with(self.index(name), |step| step.script = script);
    }

    /// The barrier row of a step.
    pub fn row(&self, name: &str) -> Option<BarrierState> {
        self.with(self.index(name), |step| step.row)
    }

    /// A person repairs a step: its row is as if the action had never arrived, and nothing refuses it.
    pub fn repair(&self, name: &str) {
        self.with(self.index(name), |step| *step = Step::default());
    }

    fn index(&self, name: &str) -> usize {
        let index = self.names.iter().position(|other| *other == name);
        index.expect("a step has this name")
    }

    fn with<T>(&self, step: usize, work: impl FnOnce(&mut Step) -> T) -> T {
        work(self.steps.lock().unwrap().entry(step).or_default())
    }
}

impl Step {
    /// One transaction of the barrier.
    fn serve(&mut self, op: Op) -> StepReply {
        let judgement = judge(self.row, op);
        self.row = Some(match judgement {
            Judgement::Act if self.script.refuses => BarrierState::Refused,
            Judgement::Act => initial_state(op),
            Judgement::Compensate => BarrierState::Undone,
            _ => self.row.unwrap_or(initial_state(op)),
        });
        match (judgement, self.row) {
            (Judgement::Compensate | Judgement::AnswerUndone, _) => StepReply::Undone,
            (_, Some(BarrierState::Done)) => StepReply::Done {
                result: Document::default(),
            },
            (_, Some(BarrierState::Refused)) => StepReply::Refused {
                code: "no".to_owned(),
            },
            _ => StepReply::Dead,
        }
    }
}

#[async_trait]
impl StepSender for Participants {
    async fn send(&self, _: &'static str, request: StepRequest) -> Result<StepReply, NoReply> {
        let StepRequest { step, op, .. } = request;
        let line = format!("{} {}", text(op), self.names[step]);
        self.story.add(&line);
        let script = self.with(step, |step| step.script);
        sleep(LATENCY + script.delay).await;
        if script.failures > 0 {
            self.with(step, |step| step.script.failures -= 1);
            return Err(NoReply("away".to_owned()));
        }
        let reply = match script.is_stale {
            true => StepReply::Stale,
            false => self.with(step, |step| step.serve(op)),
        };
        if script.replies_lost > 0 {
            self.with(step, |step| step.script.replies_lost -= 1);
            std::future::pending::<()>().await;
        }
        self.story.add(format!("{line}: {}", reply_text(&reply)));
        Ok(reply)
    }
}

fn text(op: Op) -> &'static str {
    match op {
        Op::Do => "do",
        Op::Undo => "undo",
        Op::Seal => "seal",
    }
}

fn reply_text(reply: &StepReply) -> &'static str {
    match reply {
        StepReply::Done { .. } => "done",
        StepReply::Refused { .. } => "refused",
        StepReply::Undone => "undone",
        StepReply::Dead => "dead",
        StepReply::Mismatch => "mismatch",
        StepReply::Stale => "stale",
    }
}
