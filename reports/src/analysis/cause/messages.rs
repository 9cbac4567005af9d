//! The messages of a run: which steps a service is working on, and who asked for them how often.

use std::collections::BTreeMap;

use likewise_world::{
    plan::Host,
    record::{Event, EventKind, StepNote},
};

/// A request with steps.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The number of the message.
    pub(super) message: u64,
    /// The host that sent it.
    pub(super) from: Host,
    /// The service that it was sent to.
    pub(super) to: Host,
    /// The steps.
    pub(super) steps: Vec<StepNote>,
    /// How often it arrived.
    pub(super) arrivals: u32,
    is_answered: bool,
}

/// The requests with steps so far.
#[derive(Default)]
pub(super) struct Messages {
    asked: Vec<Asked>,
    at_work: BTreeMap<u64, Host>,
}

impl Messages {
    /// Takes an event in.
    pub(super) fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Sent {
                message, to, steps, ..
            } if !steps.is_empty() => self.asked.push(Asked {
                message: *message,
                from: event.host,
                to: *to,
                steps: steps.clone(),
                arrivals: 0,
                is_answered: false,
            }),
            EventKind::Arrived { message } => {
                if let Some(asked) = self.find(*message) {
                    asked.arrivals += 1;
                    self.at_work.insert(*message, event.host);
                }
            }
            EventKind::Answered { message, .. } => {
                self.at_work.remove(message);
            }
            EventKind::Replied { message, .. } | EventKind::Failed { message, .. } => {
                if let Some(asked) = self.find(*message) {
                    asked.is_answered = true;
                }
            }
            _ => {}
        }
    }

    /// The steps that a host is working on.
    pub(super) fn asked(&self, host: Host) -> Vec<StepNote> {
        let working = self.working_on(host);
        working
            .into_iter()
            .flat_map(|it| it.steps.clone())
            .collect()
    }

    /// The requests that a host is working on. In older records, which have no arrivals, the last one that was sent.
    pub(super) fn working_on(&self, host: Host) -> Vec<&Asked> {
        let at_work = |asked: &&Asked| self.at_work.get(&asked.message) == Some(&host);
        let working: Vec<&Asked> = self.asked.iter().filter(at_work).collect();
        if !working.is_empty() || self.asked.iter().any(|it| it.arrivals > 0) {
            return working;
        }
        let mut sent = self.asked.iter().rev();
        let last = sent.find(|it| it.to.first() == host.first() && !it.is_answered);
        last.into_iter().collect()
    }

    /// How often this step was asked for so far, and the messages.
    pub(super) fn earlier(&self, step: &StepNote, before: u64) -> Vec<&Asked> {
        let is_same =
            |it: &StepNote| (it.saga, it.step, &it.op) == (step.saga, step.step, &step.op);
        let asked = self.asked.iter();
        asked
            .filter(|it| it.message < before && it.steps.iter().any(is_same))
            .collect()
    }

    fn find(&mut self, message: u64) -> Option<&mut Asked> {
        self.asked.iter_mut().rev().find(|it| it.message == message)
    }
}
