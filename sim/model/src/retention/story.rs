//! A counter-example of the model of retention, one line for each action.

use super::{RetentionAction, RetentionModel, RetentionState};
use crate::{
    TransitionSystem,
    search::CounterExample,
    service::{Address, is_record},
    story::StoryWriter,
};

impl RetentionModel {
    /// The story of a counter-example: one line for each action.
    #[must_use]
    pub fn story(&self, found: &CounterExample<RetentionState, RetentionAction>) -> Vec<String> {
        let mut writer = StoryWriter::new(&self.pair);
        let mut before = self.start();
        let mut lines = Vec::new();
        for (action, after) in &found.path {
            lines.push(self.line(&mut writer, &before, *action, after));
            before = *after;
        }
        lines
    }

    fn line(
        &self,
        writer: &mut StoryWriter<'_>,
        before: &RetentionState,
        action: RetentionAction,
        after: &RetentionState,
    ) -> String {
        let effect = || match before.saga.likes == after.saga.likes {
            true => String::new(),
            false => format!(", likes {} → {}", before.saga.likes, after.saga.likes),
        };
        match action {
            RetentionAction::Saga(action) => writer.line(&before.saga, action),
            RetentionAction::Publish { coordinator } => format!(
                "{} publishes a watermark above saga 1",
                writer.epoch(&before.saga, coordinator)
            ),
            RetentionAction::Store { step } => {
                format!("the {} service stores the watermark", self.service(step))
            }
            RetentionAction::Begin { step, op } => format!(
                "the {} service begins “{}”",
                self.service(step),
                writer.request(Address { saga: 0, step }, op)
            ),
            RetentionAction::Commit { .. } => match before.slow {
                None => String::new(),
                Some((step, op)) => format!(
                    "the {} service commits “{}”{}",
                    self.service(step),
                    writer.request(Address { saga: 0, step }, op),
                    effect()
                ),
            },
            RetentionAction::Delete { step } => {
                format!(
                    "the {} service deletes its row of saga 1",
                    self.service(step)
                )
            }
        }
    }

    fn service(&self, step: usize) -> &'static str {
        match is_record(self.scenario.kinds[0], step) {
            true => "user",
            false => "article",
        }
    }
}
