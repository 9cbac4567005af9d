//! One client of a load, in a closed or an open loop.
//!
//! In the closed loop a client sends its next request after the reply to the previous one. In the open loop requests are due
//! at times that a schedule fixes, whatever the replies are. Latencies then count from the due time, so a system that stalls
//! cannot hide the requests that it kept from being sent.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tokio::sync::Semaphore;

use crate::{
    http_connection::HttpConnection,
    measurements::Measurements,
    request,
    request_mix::{Operation, RequestMix},
    request_outcome::RequestOutcome,
    samples::Sample,
    schedule::Schedule,
};

/// The number of pairs that one client remembers in order to unlike them.
const LIKED_MAX: usize = 1_024;
/// The pause after an error or a refusal, in the closed loop.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);
/// User ids have this many bits. Multiplication by an odd factor permutes them, so that each id is used exactly once.
pub(crate) const USER_BITS: u32 = 48;
const USER_FACTOR: u64 = 0x9E37_79B9_7F4B;

/// The state that all clients of a load share.
///
/// Everything runs on one thread, so cells are enough and a lock would only cost time.
pub(crate) struct Shared {
    pub(crate) mix: RequestMix,
    pub(crate) articles: Vec<i64>,
    pub(crate) measurements: RefCell<Measurements>,
    /// The next user number. It starts at the wall clock's microseconds, and a load uses fewer users than microseconds pass,
    /// so no user of an earlier load comes again.
    pub(crate) next_user: Cell<u64>,
    /// The schedule of the open loop; `None` in the closed loop.
    pub(crate) schedule: Option<Schedule>,
    /// The number of the next request in the open loop.
    pub(crate) next_request: Cell<u64>,
    pub(crate) start: Instant,
    /// The end of the closed loop.
    pub(crate) end: Instant,
    /// A sample of every request, for loads in phases only.
    pub(crate) samples: Option<RefCell<Vec<Sample>>>,
    /// Limits the connections that are being opened at the same time.
    pub(crate) connecting: Semaphore,
    pub(crate) coordinator: SocketAddr,
    pub(crate) article: SocketAddr,
    pub(crate) user: SocketAddr,
}

/// Runs one client until the load ends.
pub(crate) async fn run(shared: Rc<Shared>, number: u32, seed: u64) {
    let mut client = Client {
        random: Pcg64Mcg::seed_from_u64(seed ^ (u64::from(number) << 32)),
        coordinator: HttpConnection::to(shared.coordinator),
        article: HttpConnection::to(shared.article),
        user: HttpConnection::to(shared.user),
        liked: Vec::new(),
        request: Vec::new(),
        shared,
    };
    // In the open loop a pause would shift the schedule. In the closed loop it keeps a client from spinning while a
    // service is down.
    let is_open_loop = client.shared.schedule.is_some();
    if is_open_loop {
        client.connect().await;
    }
    while let Some(due) = client.next_due().await {
        let succeeded = client.send(due).await;
        if !succeeded && !is_open_loop {
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
    }
}

struct Client {
    random: Pcg64Mcg,
    coordinator: HttpConnection,
    article: HttpConnection,
    user: HttpConnection,
    /// Pairs that this client has liked: a user and the index of an article.
    liked: Vec<(u64, usize)>,
    request: Vec<u8>,
    shared: Rc<Shared>,
}

impl Client {
    /// Connects before the first request is due. After an error the first request connects again.
    async fn connect(&mut self) {
        let Ok(_permit) = self.shared.connecting.acquire().await else {
            return;
        };
        let _ = self.coordinator.open().await;
    }

    /// Waits until the next request is due and returns its due time; `None` when the load is over.
    ///
    /// In the open loop clients take numbers from one counter. A client that is late therefore delays only its own
    /// request; the next one is taken by a client that is free.
    async fn next_due(&self) -> Option<Instant> {
        let Some(schedule) = &self.shared.schedule else {
            let now = Instant::now();
            return (now < self.shared.end).then_some(now);
        };
        let number = self.shared.next_request.get();
        self.shared.next_request.set(number + 1);
        let due = self.shared.start + schedule.due(number)?;
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
        Some(due)
    }

    /// Sends one request and counts it; returns whether it was carried out.
    ///
    /// An error of the connection is in doubt and never a refusal: the request may have had its effect.
    async fn send(&mut self, due: Instant) -> bool {
        let (operation, user, index) = self.draw();
        let article = self.shared.articles[index];
        request::write(&mut self.request, operation, article, user);
        let connection = match operation {
            Operation::Like | Operation::Unlike => &mut self.coordinator,
            Operation::ReadCount => &mut self.article,
            Operation::ReadMembership => &mut self.user,
        };
        let sent = Instant::now();
        let outcome = match connection.exchange(&self.request).await {
            Ok(reply) => request::outcome(operation, &reply),
            Err(_) => RequestOutcome::InDoubt,
        };
        let now = Instant::now();
        self.shared.measurements.borrow_mut().count(
            operation,
            index,
            outcome,
            now - due,
            now - sent,
        );
        self.shared.sample(due, sent, now, outcome);
        self.remember(operation, outcome, (user, index));
        outcome == RequestOutcome::Done
    }

    /// Keeps the pairs that can be unliked.
    ///
    /// Only acknowledged likes are remembered. An unlike of a like in doubt would make the expected counts a range
    /// twice as wide.
    fn remember(&mut self, operation: Operation, outcome: RequestOutcome, pair: (u64, usize)) {
        match (operation, outcome) {
            (Operation::Like, RequestOutcome::Done) if self.liked.len() < LIKED_MAX => {
                self.liked.push(pair);
            }
            // The refused unlike did nothing, so the pair can be unliked later.
            (Operation::Unlike, RequestOutcome::Refused { .. }) => self.liked.push(pair),
            _ => {}
        }
    }

    /// Draws the next request. A client that has no pair to unlike or to look up sends a like instead.
    fn draw(&mut self) -> (Operation, u64, usize) {
        let operation = self.shared.mix.operation(&mut self.random);
        match (operation, self.liked.last().copied()) {
            (Operation::Unlike, Some((user, index))) => {
                self.liked.pop();
                (Operation::Unlike, user, index)
            }
            (Operation::ReadMembership, Some((user, index))) => {
                (Operation::ReadMembership, user, index)
            }
            (Operation::ReadCount, _) => (
                Operation::ReadCount,
                1,
                self.shared.mix.article(&mut self.random),
            ),
            _ => (
                Operation::Like,
                self.shared.new_user(),
                self.shared.mix.article(&mut self.random),
            ),
        }
    }
}

impl Shared {
    fn sample(&self, due: Instant, sent: Instant, answered: Instant, outcome: RequestOutcome) {
        let Some(samples) = &self.samples else {
            return;
        };
        let since = |time: Instant| time.saturating_duration_since(self.start);
        let sample = Sample::new(since(due), since(sent), since(answered), outcome);
        samples.borrow_mut().push(sample);
    }

    fn new_user(&self) -> u64 {
        let number = self.next_user.get();
        self.next_user.set(number + 1);
        (number.wrapping_mul(USER_FACTOR) & ((1 << USER_BITS) - 1)) + 1
    }
}
