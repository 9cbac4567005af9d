//! What a campaign shows its reader: a few chosen runs, each with a sentence, and what remains unknown.

use super::packed_run;
use crate::{
    analysis::{
        Lesson,
        narrative::phases::{millis_since, workload_start},
    },
    archive::{LoadedCampaign, LoadedRun},
    render::story::{captions, explain},
};

/// One chosen run.
pub(super) struct LessonCard {
    pub(super) title: &'static str,
    pub(super) sentence: &'static str,
    /// What happened in this run.
    pub(super) told: String,
    /// The link to the event that shows it.
    pub(super) href: String,
    pub(super) run: String,
}

/// The lessons that a run of the report shows, each by its smallest run. Different lessons have different runs where they can.
pub(super) fn lessons(campaign: &LoadedCampaign) -> Vec<LessonCard> {
    let mut used: Vec<&str> = Vec::new();
    let mut cards = Vec::new();
    for lesson in Lesson::ALL {
        let shows = campaign
            .runs
            .iter()
            .filter_map(|run| Some((run, lesson.shown_at(&run.record)?)));
        let smallest = shows
            .min_by_key(|(run, _)| (used.contains(&run.folder.as_str()), run.record.events.len()));
        if let Some((run, event)) = smallest {
            used.push(&run.folder);
            cards.push(card(lesson, run, event));
        }
    }
    cards
}

fn card(lesson: Lesson, run: &LoadedRun, event: usize) -> LessonCard {
    let [first, ..] = explain(&run.record);
    let record = &run.record;
    let caption = captions(record).swap_remove(event);
    let at = record.events[event].at_micros;
    let millis = millis_since(workload_start(&record.events), at);
    LessonCard {
        title: lesson.title(),
        sentence: lesson.sentence(),
        told: format!("{first} At {millis} ms: {caption}."),
        href: format!("{}&event={event}", packed_run::href(run)),
        run: run.record.plan.name.clone(),
    }
}

/// What remains unknown, a sentence each.
pub(super) fn unknown(campaign: &LoadedCampaign) -> Vec<String> {
    let discovery = campaign.report.meta.discovery;
    discovery.map_or_else(Vec::new, |it| it.sentences())
}
