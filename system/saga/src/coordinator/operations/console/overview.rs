//! The first page: how many sagas are open and why, the oldest of them, what is paused, and the latest orders.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;

use super::{
    Shared, Site,
    audit::{Entry, latest},
    pauses::PausedView,
    sagas::Line,
    sessions::Visitor,
    shell::{Page, Shell, render},
    words,
};
use crate::{
    coordinator::operations::{cause::CauseKind, filter::FilterText, summary::Summary},
    http::Problem,
    protocol::Status,
};

/// The number of open sagas that are counted. A page must not read a log without an end every few seconds.
const COUNTED_MAX: usize = 1_000;
/// The sagas and the audit entries that are shown.
const OLDEST_SHOWN: usize = 5;
const ENTRIES_SHOWN: usize = 8;
/// The entries that are read for them: most orders of a batch are followed by an entry that says how they ended.
const ENTRIES_READ: u32 = 64;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    shell: Shell,
    leader: Option<String>,
    /// Whether there are more sagas than are counted.
    is_cut: bool,
    counts: Vec<Count>,
    causes: Vec<CauseCount>,
    oldest: Vec<Line>,
    /// `None` if only the leader knows them.
    paused: Option<Vec<PausedView>>,
    entries: Vec<Entry>,
    /// How many entries between them are left out, because they only say that an order took effect.
    folded: usize,
    read_at: String,
}

/// A number that leads to its sagas.
struct Count {
    number: usize,
    name: &'static str,
    state: &'static str,
    class: &'static str,
}

struct CauseCount {
    number: usize,
    name: &'static str,
    text: &'static str,
    /// Its part of all, for a bar, in hundredths.
    percent: usize,
}

/// `GET /console`
pub(super) async fn page(site: Shared, visitor: Visitor) -> Page {
    let coordinator = &site.coordinator;
    let filter = FilterText::default().check("query")?;
    let page = coordinator.list_sagas(&filter, None, COUNTED_MAX).await?;
    let mut sagas = page.sagas;
    let (counts, causes) = (counts(&sagas), causes(&sagas));
    sagas.sort_by_key(|saga| saga.created_at);
    let mut entries = latest(coordinator, None, i64::MAX, ENTRIES_READ).await?;
    let folded = fold(&mut entries);
    let overview = Overview {
        shell: Shell::new("/console", &visitor),
        leader: site.elsewhere(),
        is_cut: page.next.is_some(),
        counts,
        causes,
        oldest: sagas.iter().take(OLDEST_SHOWN).map(Line::of).collect(),
        paused: coordinator
            .pauses()
            .await
            .ok()
            .map(|paused| paused.iter().map(PausedView::of).collect()),
        entries,
        folded,
        read_at: words::moment(coordinator.env.clock.now()),
    };
    Ok(render(StatusCode::OK, &overview))
}

/// Keeps the latest orders. Returns how many of the entries between them are left out.
fn fold(entries: &mut Vec<Entry>) -> usize {
    let mut orders = entries.iter().enumerate().filter(|(_, it)| !it.is_settled);
    let end = orders.nth(ENTRIES_SHOWN).map(|(index, _)| index);
    entries.truncate(end.unwrap_or(entries.len()));
    let read = entries.len();
    entries.retain(|entry| !entry.is_settled);
    read - entries.len()
}

impl Site {
    /// Why this coordinator takes no orders, if it takes none.
    pub(super) fn elsewhere(&self) -> Option<String> {
        let problem: Problem = self.coordinator.leading().err()?;
        Some(problem.detail().to_owned())
    }
}

fn counts(sagas: &[Summary]) -> Vec<Count> {
    let of_status = |status| {
        let has = |saga: &&Summary| saga.status == Some(status);
        sagas.iter().filter(has).count()
    };
    let parked = sagas.iter().filter(|saga| saga.parked).count();
    let paused = sagas.iter().filter(|saga| saga.paused).count();
    let count = |number, name, class| Count {
        number,
        name,
        state: name,
        class: if number == 0 { "none" } else { class },
    };
    vec![
        count(sagas.len(), "open", "plain"),
        count(of_status(Status::Running), "running", "plain"),
        count(of_status(Status::Compensating), "compensating", "warn"),
        count(parked, "parked", "bad"),
        count(paused, "paused", "warn"),
    ]
}

fn causes(sagas: &[Summary]) -> Vec<CauseCount> {
    let mut numbers: BTreeMap<&'static str, (usize, CauseKind)> = BTreeMap::new();
    for kind in sagas
        .iter()
        .filter_map(|saga| Some(saga.cause.as_ref()?.kind))
    {
        numbers.entry(kind.name()).or_insert((0, kind)).0 += 1;
    }
    let mut causes: Vec<CauseCount> = numbers
        .into_iter()
        .map(|(name, (number, kind))| CauseCount {
            number,
            name,
            text: words::cause(kind),
            percent: number * 100 / sagas.len().max(1),
        })
        .collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.number));
    causes
}
