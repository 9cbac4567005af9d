//! A follower: knows what its client was told of a saga, and what to tell next.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::response::sse::Event;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{config::LOG_READ, event, streams::StreamPermit};
use crate::{
    bound::within,
    coordinator::{
        instance::Coordinator,
        transactions::view::{Entries, Entry},
    },
    executor::SagaProgress,
    id::SagaId,
    log::{ChangeKind, FoundSaga, LoggedChange, Place, StoredSaga},
    protocol::{Definition, Status},
};

/// What a stream begins with.
pub(super) struct Opening {
    pub(super) saga: SagaId,
    pub(super) stored: StoredSaga,
    /// The last logged change that the client knows.
    pub(super) sent: Option<Place>,
    /// The progress of the saga, if it is driven here.
    pub(super) watched: Option<watch::Receiver<SagaProgress>>,
    pub(super) retry: Duration,
}

/// Follows one saga for one client.
pub(super) struct Follower {
    coordinator: Arc<Coordinator>,
    saga: SagaId,
    /// The steps of the saga, and what their entries have in common, if its row can be read.
    steps: Option<(Definition, Entries)>,
    /// The last logged change that was told.
    sent: Option<Place>,
    /// Whether the last snapshot said that the saga is driven here.
    told_live: bool,
    /// Whether the log was read since the stream began.
    has_looked: bool,
    /// What the log had last: a status, and whether the saga was parked. `None` if it is to be read again.
    logged: Option<(Status, bool)>,
    /// The entries of the steps, as they were told.
    told: Vec<Entry>,
    watched: Option<watch::Receiver<SagaProgress>>,
    /// What comes next. One look at the saga fills it, and nothing is looked at before it is empty.
    next: VecDeque<Event>,
    /// When the stream ends, whatever the saga does.
    ends_at: Instant,
    is_over: bool,
    _permit: StreamPermit,
}

/// Why a follower looks at its saga.
enum Woken {
    /// The saga changed here, or its turn to read the log has come.
    Look,
    /// The saga's task has ended.
    Closed,
    /// The stream has lasted long enough.
    Late,
}

impl Follower {
    pub(super) fn new(
        coordinator: Arc<Coordinator>,
        opening: Opening,
        permit: StreamPermit,
    ) -> Self {
        let mut follower = Self {
            ends_at: Instant::now() + coordinator.config.events.longest,
            coordinator,
            saga: opening.saga,
            steps: None,
            sent: opening.sent,
            told_live: false,
            has_looked: false,
            logged: None,
            told: Vec::new(),
            watched: opening.watched,
            next: VecDeque::new(),
            is_over: false,
            _permit: permit,
        };
        let retry = Event::default().retry(opening.retry);
        follower.next.push_back(retry);
        follower.show(opening.stored);
        follower
    }

    /// The next event. `None` at the end of the stream.
    ///
    /// # Cancel safety
    /// Safe: what was not told is told by the next call.
    pub(super) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            // The first look comes right after the snapshot.
            match self.has_looked {
                false => self.look().await,
                true => match self.wait().await {
                    Woken::Look => self.look().await,
                    Woken::Closed => self.closed().await,
                    Woken::Late => self.is_over = true,
                },
            }
        }
    }

    /// Waits until there may be news.
    async fn wait(&mut self) -> Woken {
        let pause = self.coordinator.config.events.log_interval;
        let ends_at = self.ends_at;
        let reads_log = self.reads_log();
        let changed = async {
            match &mut self.watched {
                Some(watched) => watched.changed().await.is_ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = sleep_until(ends_at) => Woken::Late,
            is_open = changed => match is_open {
                true => Woken::Look,
                false => Woken::Closed,
            },
            () = sleep(pause), if reads_log => Woken::Look,
        }
    }

    /// Whether the log may have something that was not told. Of a saga that is driven elsewhere one cannot know. One that is driven
    /// here shows its status before it is logged.
    fn reads_log(&self) -> bool {
        self.watched.as_ref().is_none_or(|watched| {
            let progress = watched.borrow();
            self.logged != Some((progress.status, progress.parked))
        })
    }

    /// Looks at the saga: tells the changes that the log has, and the steps that are not as they were told.
    async fn look(&mut self) {
        self.has_looked = true;
        if self.watched.is_none() {
            self.watched = self.coordinator.follow(self.saga);
        }
        if self.watched.is_some() && !self.told_live {
            // It is driven here from now on.
            self.show_again().await;
        }
        let watched = self.watched.as_mut();
        let progress = watched.map(|watched| watched.borrow_and_update().clone());
        let end = match self.reads_log() {
            true => self.read_log().await,
            false => None,
        };
        if let Some(progress) = progress {
            self.tell_steps(&progress);
        }
        self.end_with(end);
    }

    /// The saga's task has ended: with the saga, or because another coordinator drives it.
    async fn closed(&mut self) {
        if let Some(watched) = self.watched.take() {
            let progress = watched.borrow().clone();
            self.tell_steps(&progress);
        }
        let end = self.read_log().await;
        if end.is_none() {
            self.show_again().await;
        }
        self.end_with(end);
    }

    /// Reads the log and tells what is new, but the end. Returns the end.
    async fn read_log(&mut self) -> Option<LoggedChange> {
        let read = within(LOG_READ, self.coordinator.log.history(self.saga)).await;
        let history = match read {
            Ok(Ok(history)) => history,
            // It is read again after the pause.
            failed => {
                tracing::debug!(saga = %self.saga, ?failed, "a follower could not read the log");
                Vec::new()
            }
        };
        self.logged = history.last().map(|last| (last.status, last.parked));
        for change in history {
            if self.sent.is_some_and(|sent| change.place <= sent) {
                continue;
            }
            self.sent = Some(change.place);
            if change.is_end() {
                return Some(change);
            }
            if let (Some((_, entries)), ChangeKind::Compensating) = (&mut self.steps, change.kind())
            {
                entries.updated_at = change.at;
            }
            self.next.push_back(event::change(self.saga, &change));
        }
        None
    }

    fn end_with(&mut self, end: Option<LoggedChange>) {
        if let Some(end) = end {
            self.next.push_back(event::change(self.saga, &end));
            self.is_over = true;
        }
    }

    /// Tells the steps that have changed since they were told last.
    fn tell_steps(&mut self, progress: &SagaProgress) {
        let Some((definition, entries)) = &self.steps else {
            return;
        };
        let now = entries.of_progress(definition, progress);
        let changed = now.iter().filter(|entry| !self.told.contains(entry));
        self.next.extend(changed.map(event::step));
        self.told = now;
    }

    /// Tells the saga as it is now: something about it may have been missed.
    async fn show_again(&mut self) {
        match within(LOG_READ, self.coordinator.log.look_up(self.saga)).await {
            Ok(Ok(FoundSaga::Stored(stored))) => self.show(*stored),
            // It was deleted, or the log does not answer. The client comes back, and is told.
            _ => self.is_over = true,
        }
    }

    fn show(&mut self, stored: StoredSaga) {
        let stored = stored.map(|row| self.coordinator.settled(row));
        let define = self.coordinator.product.define;
        let row = stored.as_ref().ok();
        let steps = row.and_then(|row| Some((define(&row.kind, &row.args)?, Entries::of_row(row))));
        self.steps = steps;
        self.told_live = self.watched.is_some();
        let item = self.coordinator.show(stored);
        self.told = item.entries().to_vec();
        self.next.push_back(event::snapshot(self.told_live, &item));
    }
}
