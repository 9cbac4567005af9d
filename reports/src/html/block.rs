//! The runs inside the page: JSON, deflated, in base64; unpacked by the browser when somebody opens them.

use std::io::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use likewise_sim::{
    plan::PRODUCT,
    record::{Event, EventKind, RunRecord, Violation},
};
use serde::Serialize;

use crate::{
    dossier::{Dossier, Role, Shown},
    story,
    summary::replay_argument,
};

/// A run that the page holds.
pub(super) struct Block {
    /// Of its element.
    pub(super) id: String,
    /// Where its files lie, seen from the campaign's folder; also its name in links.
    pub(super) folder: String,
    /// Its seed, if links may name it by that.
    pub(super) seed: Option<u64>,
    /// What shows it.
    pub(super) href: String,
    /// What it is, in a few words.
    pub(super) text: String,
    /// How it looks.
    pub(super) class: &'static str,
    /// The run.
    pub(super) packed: String,
}

/// What the script reads.
#[derive(Serialize)]
struct Content<'a> {
    record: &'a RunRecord,
    captions: Vec<String>,
    sentences: [String; 3],
    specimen: Option<&'a str>,
    folder: &'a str,
    role: Role,
    replay: String,
}

/// A block for each run, those that failed first.
pub(super) fn blocks(dossier: &Dossier) -> io::Result<Vec<Block>> {
    let mut shown: Vec<&Shown> = dossier.runs.iter().collect();
    shown.sort_by_key(|shown| order(shown.role));
    let numbered = shown.into_iter().enumerate();
    numbered.map(|(place, shown)| block(place, shown)).collect()
}

/// A link to a run of the page.
pub(super) fn href(shown: &Shown) -> String {
    format!("#run={}", shown.folder)
}

/// A link to the moment at which a violation is told.
pub(super) fn href_of_violation(shown: &Shown, violation: &Violation) -> String {
    let is_told = |event: &Event| matches!(&event.kind, EventKind::Violated { property, .. } if *property == violation.property);
    let mut later = shown.record.events.iter().enumerate().skip(violation.event);
    let told = later.find(|(_, event)| is_told(event));
    let event = told.map_or(violation.event, |(place, _)| place);
    format!("{}&event={event}", href(shown))
}

fn block(place: usize, shown: &Shown) -> io::Result<Block> {
    let content = Content {
        record: &shown.record,
        captions: story::captions(&shown.record),
        sentences: story::explain(&shown.record),
        specimen: specimen(&shown.record),
        folder: &shown.folder,
        role: shown.role,
        replay: replay(shown),
    };
    Ok(Block {
        id: format!("run-{place}"),
        folder: shown.folder.clone(),
        seed: seed(shown),
        href: href(shown),
        text: format!("{}: {}", word(shown.role), shown.record.plan.name),
        class: match shown.record.is_green() {
            true => "held",
            false => "violated",
        },
        packed: pack(&content)?,
    })
}

/// The command that runs it again: its seed if that is enough, else its plan, which lies in the campaign's folder.
fn replay(shown: &Shown) -> String {
    match replay_argument(&shown.record.plan) {
        Some(seed) => format!("cargo chaos replay {seed} --story"),
        None => format!("cargo chaos replay {}/plan.json --story", shown.folder),
    }
}

/// The seed names the run as it was found: what it was shrunk to has none.
fn seed(shown: &Shown) -> Option<u64> {
    let is_found = matches!(shown.role, Role::Failure | Role::Example | Role::Replayed);
    shown.record.plan.seed.filter(|_| is_found)
}

/// The deliberately wrong system that was run, if one was.
fn specimen(record: &RunRecord) -> Option<&str> {
    let system = record.plan.system.as_str();
    (system != PRODUCT).then_some(system)
}

fn order(role: Role) -> u8 {
    match role {
        Role::Minimal => 0,
        Role::Failure => 1,
        Role::Nearest => 2,
        Role::Replayed => 3,
        Role::Example => 4,
    }
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Minimal => "minimal",
        Role::Failure => "failed",
        Role::Nearest => "nearest that passes",
        Role::Replayed => "replayed",
        Role::Example => "example",
    }
}

/// Always the same level: the same run must give the same bytes.
fn pack(content: &Content<'_>) -> io::Result<String> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::new(6));
    deflate.write_all(&serde_json::to_vec(content)?)?;
    Ok(STANDARD.encode(deflate.finish()?))
}
