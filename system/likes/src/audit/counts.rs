//! Compares the counts of the articles with their records.
//!
//! There is no index of records by article, so all of them are read in the order of the users, and added up for the
//! lowest articles that fit into memory. If there are more articles, the records are read once more for the next ones.

use std::{collections::BTreeMap, time::Duration};

use likewise_saga::store::{Sql, sql};

use super::{AuditDatabases, AuditError, AuditReport, Difference, open_effects::OpenEffects};
use crate::id::ArticleId;

static ARTICLES: Sql = sql!("audit_articles");
static RECORDS: Sql = sql!("audit_records");

/// How many articles are added up at a time: some 50 MB.
const WINDOW_ARTICLES: usize = 1_000_000;

/// How many articles or records are read at a time.
const PAGE: u32 = 10_000;

/// When a count that differs is read again. The services may be running: a like changes the count and the record a few
/// milliseconds apart.
const SECOND_LOOK_AFTER: Duration = Duration::from_secs(1);

/// What was found about one article.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// `None` if the article does not exist.
    count: Option<i64>,
    records: i64,
}

/// The tallies of the lowest articles above `after`.
struct Window {
    after: i64,
    /// The lowest article that did not fit. It and those above it belong to the next windows.
    end: Option<i64>,
    tallies: BTreeMap<i64, Tally>,
    articles_max: usize,
}

/// What one window found.
pub(super) struct Counted {
    pub(super) differences: Vec<Difference>,
    /// Where the next window begins; `None` if this was the last.
    pub(super) next: Option<i64>,
    articles: u64,
    records: u64,
    highest: Option<i64>,
}

/// Compares the counts of all articles.
pub(super) async fn compare(
    databases: &AuditDatabases,
    report: &mut AuditReport,
) -> Result<(), AuditError> {
    let mut after = i64::MIN;
    loop {
        let mut counted = look(databases, after).await?;
        if !counted.differences.is_empty() {
            tokio::time::sleep(SECOND_LOOK_AFTER).await;
            let again = look(databases, after).await?.differences;
            let lasting = |difference: &Difference| again.contains(difference);
            counted.differences.retain(lasting);
        }
        report.checked.articles += counted.articles;
        report.checked.records += counted.records;
        counted
            .differences
            .into_iter()
            .for_each(|difference| report.add(difference));
        if let Some(highest) = counted.highest {
            report.see_article(ArticleId(highest));
        }
        match counted.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Compares the counts of one window of articles, once.
pub(super) async fn look(databases: &AuditDatabases, after: i64) -> Result<Counted, AuditError> {
    let open = OpenEffects::read(databases).await?;
    let mut window = Window::new(after, WINDOW_ARTICLES);
    tally_articles(databases, &mut window).await?;
    tally_records(databases, &mut window).await?;
    Ok(window.compare(&open))
}

async fn tally_articles(databases: &AuditDatabases, window: &mut Window) -> Result<(), AuditError> {
    let source = &databases.article;
    let mut after = window.after;
    loop {
        let args = [after.into(), i64::from(PAGE).into()];
        let rows = source.rows(&ARTICLES, args).await?;
        for row in &rows {
            let read = || Ok((row.int(0)?, row.int(1)?));
            let (article, count) = read().map_err(|error| source.error(error))?;
            after = article;
            match window.tally(article) {
                Some(tally) => tally.count = Some(count),
                // The articles come in order: this one and all others do not fit.
                None => return Ok(()),
            }
        }
        if rows.len() < PAGE as usize {
            return Ok(());
        }
    }
}

async fn tally_records(databases: &AuditDatabases, window: &mut Window) -> Result<(), AuditError> {
    let source = &databases.user;
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let args = [after.0.into(), after.1.into(), i64::from(PAGE).into()];
        let rows = source.rows(&RECORDS, args).await?;
        for row in &rows {
            let read = || Ok((row.int(0)?, row.int(1)?));
            after = read().map_err(|error| source.error(error))?;
            if let Some(tally) = window.tally(after.1) {
                tally.records += 1;
            }
        }
        if rows.len() < PAGE as usize {
            return Ok(());
        }
    }
}

impl Window {
    fn new(after: i64, articles_max: usize) -> Self {
        Self {
            after,
            end: None,
            tallies: BTreeMap::new(),
            articles_max,
        }
    }

    /// The tally of an article; `None` if it belongs to another window.
    ///
    /// An article that is dropped because lower ones came never comes back, so the tallies that are left are complete.
    fn tally(&mut self, article: i64) -> Option<&mut Tally> {
        if article <= self.after || self.end.is_some_and(|end| article >= end) {
            return None;
        }
        self.tallies.entry(article).or_default();
        if self.tallies.len() > self.articles_max {
            self.end = self.tallies.pop_last().map(|(article, _)| article);
        }
        self.tallies.get_mut(&article)
    }

    fn compare(self, open: &OpenEffects) -> Counted {
        let last = self.tallies.last_key_value().map(|(article, _)| *article);
        let tallies = || self.tallies.values();
        let differences = self.tallies.iter().filter_map(|(article, tally)| {
            let article = ArticleId(*article);
            tally.difference(article, open)
        });
        Counted {
            differences: differences.collect(),
            next: last.filter(|_| self.end.is_some()),
            articles: tallies().filter(|tally| tally.count.is_some()).count() as u64,
            records: tallies().map(|tally| tally.records.unsigned_abs()).sum(),
            highest: last,
        }
    }
}

impl Tally {
    fn difference(self, article: ArticleId, open: &OpenEffects) -> Option<Difference> {
        let Self { count, records } = self;
        let Some(count) = count else {
            return Some(Difference::RecordsWithoutArticle { article, records });
        };
        let open = open.of(article);
        let expected = records.saturating_add(open.ahead);
        (count != expected).then_some(Difference::Count {
            article,
            count,
            expected,
            records,
            open_sagas: open.sagas,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tallies of windows of two articles, of records in any order.
    #[test]
    fn windows_count_every_article_once_and_completely() {
        let records = [9, 1, 5, 1, 9, 7, 3, 5, 1];
        let mut found = Vec::new();
        let mut after = i64::MIN;
        loop {
            let mut window = Window::new(after, 2);
            for article in records {
                if let Some(tally) = window.tally(article) {
                    tally.records += 1;
                }
            }
            assert!(window.tallies.len() <= 2);
            let tallies = window.tallies.iter();
            found.extend(tallies.map(|(article, tally)| (*article, tally.records)));
            match window.end {
                Some(_) => after = *window.tallies.last_key_value().unwrap().0,
                None => break,
            }
        }
        assert_eq!(found, [(1, 3), (3, 1), (5, 2), (7, 1), (9, 2)]);
    }
}
