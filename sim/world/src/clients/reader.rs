//! The reader: asks the services for what they hold, again and again, page by page.
//!
//! A read has no effect, so it has no key and is not retried. What it says must have been true at some time while it was in
//! progress.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};
use tokio::sync::watch;

use crate::{
    World, answer,
    check::{Attempt, Read},
    network::http_client::FaultyHttpClient,
    plan::Host,
    record::EventKind,
};

/// The pause between two reads.
const PAUSE: Duration = Duration::from_millis(300);
/// How long the reader waits for an answer.
const ANSWER: Bound = Bound::new("the answer to a read", Duration::from_secs(2));
/// The most pages of one read. A service that names a next page for ever must not keep the reader.
const PAGES_MAX: usize = 100;

/// The reader.
pub(super) struct Reader {
    pub(super) world: World,
    pub(super) http_client: Arc<FaultyHttpClient>,
}

impl Reader {
    /// Reads until it is told to stop, or until the system has nothing to read.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        for number in 0.. {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            let Some(request) = self.request(number) else {
                return;
            };
            self.read(number, request).await;
        }
    }

    /// The first request of a read. A reader that asks for what exists and for what does not takes turns.
    fn request(&self, number: u64) -> Option<Request<Bytes>> {
        let (plan, system) = (self.world.plan(), self.world.system());
        let missing = |number| system.missing_things()?.read(plan, number);
        match (plan.reads, plan.reads_missing) {
            (true, false) => system.read(plan, number),
            (false, _) => missing(number),
            (true, true) if number.is_multiple_of(2) => system.read(plan, number / 2),
            (true, true) => missing(number / 2),
        }
    }

    /// One read with all its pages. If one of them is not answered, nothing is judged.
    async fn read(&self, number: u64, first: Request<Bytes>) {
        let system = self.world.system();
        self.world
            .with_checker(|checker| checker.read_began(number));
        let mut answers: Vec<Attempt> = Vec::new();
        let mut next = Some(first.clone());
        while let Some(request) = next.take() {
            let answer = within(ANSWER, self.http_client.exchange(request.clone())).await;
            let Ok(Ok(response)) = answer else {
                break;
            };
            let answer = answer::attempt(&response);
            next = system.next_page(&request, &answer);
            answers.push(answer);
            // What was read so far is judged: pages without an end are out of order.
            if answers.len() == PAGES_MAX {
                next = None;
            }
            if next.is_none() {
                self.judge(&Read {
                    number,
                    request: first.clone(),
                    answers: std::mem::take(&mut answers),
                });
            }
        }
        self.world
            .with_checker(|checker| checker.read_ended(number));
    }

    fn judge(&self, read: &Read) {
        let status = read.answers.last().map_or(0, |answer| answer.status);
        let kind = EventKind::Read {
            path: read.request.uri().path().to_owned(),
            status,
        };
        self.world.note(Host::CLIENTS, kind);
        self.world.judge(Host::CLIENTS, |checker, event| {
            checker.read_answered(read, event)
        });
    }
}
