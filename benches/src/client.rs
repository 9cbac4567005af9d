//! One client: in a closed loop it waits for its answer before it asks again, in an open one its
//! requests are due at times that a schedule fixes, whatever comes back.
//!
//! In the open loop a request's latency counts from when it should have begun, so a system that
//! stalls cannot hide the requests that it kept from being sent.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tokio::sync::Semaphore;

use crate::{
    mix::{Ask, Mix},
    request,
    samples::Sample,
    schedule::Schedule,
    tally::{End, Tally},
    wire::Wire,
};

/// Pairs that one client remembers to unlike.
const LIKED_KEPT_MAX: usize = 1_024;
/// How long a client pauses after its connection broke or it was refused, in the closed loop.
const PAUSE_AFTER_TROUBLE: Duration = Duration::from_millis(10);
/// Users are drawn from so many: an odd factor scatters them, each exactly once.
pub(crate) const USER_BITS: u32 = 48;
const USER_FACTOR: u64 = 0x9E37_79B9_7F4B;

/// What all clients share.
pub(crate) struct Shared {
    pub(crate) mix: Mix,
    pub(crate) articles: Vec<i64>,
    pub(crate) tally: RefCell<Tally>,
    /// The next user, never one of an earlier load: loads make fewer users than microseconds pass.
    pub(crate) next_user: Cell<u64>,
    /// The open loop's; without it, the loop is closed.
    pub(crate) schedule: Option<Schedule>,
    /// The next request's number, in the open loop.
    pub(crate) next_arrival: Cell<u64>,
    /// When the load begins, and when the closed loop ends.
    pub(crate) begin: Instant,
    pub(crate) until: Instant,
    /// Every request, if that is wanted.
    pub(crate) samples: Option<RefCell<Vec<Sample>>>,
    /// Bounds the connections that are made at once.
    pub(crate) connecting: Semaphore,
    pub(crate) coordinator: std::net::SocketAddr,
    pub(crate) article: std::net::SocketAddr,
    pub(crate) user: std::net::SocketAddr,
}

/// One client, until the time is over.
pub(crate) async fn client(shared: Rc<Shared>, number: u32, seed: u64) {
    let mut client = Client {
        random: Pcg64Mcg::seed_from_u64(seed ^ (u64::from(number) << 32)),
        coordinator: Wire::to(shared.coordinator),
        article: Wire::to(shared.article),
        user: Wire::to(shared.user),
        liked: Vec::new(),
        request: Vec::new(),
        shared,
    };
    let is_open = client.shared.schedule.is_some();
    if is_open {
        client.connect().await;
    }
    while let Some(meant) = client.next().await {
        let trouble = client.ask(meant).await;
        if trouble && !is_open {
            tokio::time::sleep(PAUSE_AFTER_TROUBLE).await;
        }
    }
}

struct Client {
    random: Pcg64Mcg,
    coordinator: Wire,
    article: Wire,
    user: Wire,
    /// What it liked: user and place of the article.
    liked: Vec<(u64, usize)>,
    request: Vec<u8>,
    shared: Rc<Shared>,
}

impl Client {
    /// Connects before the first request is due; what fails is tried again by the first request.
    async fn connect(&mut self) {
        let Ok(_turn) = self.shared.connecting.acquire().await else {
            return;
        };
        let _ = self.coordinator.open().await;
    }

    /// When the next request should begin, once that time has come; nothing when the load is over.
    async fn next(&self) -> Option<Instant> {
        let Some(schedule) = &self.shared.schedule else {
            let now = Instant::now();
            return (now < self.shared.until).then_some(now);
        };
        let number = self.shared.next_arrival.get();
        self.shared.next_arrival.set(number + 1);
        let meant = self.shared.begin + schedule.due(number)?;
        if meant > Instant::now() {
            tokio::time::sleep_until(meant.into()).await;
        }
        Some(meant)
    }

    /// Asks once and counts it; whether something went wrong.
    async fn ask(&mut self, meant: Instant) -> bool {
        let (ask, user, place) = self.draw();
        let article = self.shared.articles[place];
        request::write(&mut self.request, ask, article, user);
        let wire = match ask {
            Ask::Like | Ask::Unlike => &mut self.coordinator,
            Ask::Count => &mut self.article,
            Ask::Membership => &mut self.user,
        };
        let sent = Instant::now();
        let end = match wire.exchange(&self.request).await {
            Ok(reply) => request::end(ask, &reply),
            Err(_) => End::InDoubt,
        };
        let now = Instant::now();
        self.shared
            .tally
            .borrow_mut()
            .count(ask, place, end, now - meant, now - sent);
        self.shared.keep(meant, sent, now, end);
        match (ask, end) {
            (Ask::Like, End::Done) if self.liked.len() < LIKED_KEPT_MAX => {
                self.liked.push((user, place))
            }
            // Nothing was done, so it can be tried again.
            (Ask::Unlike, End::Refused { .. }) => self.liked.push((user, place)),
            _ => {}
        }
        end != End::Done
    }

    /// What to ask; a client that has nothing to unlike or to look at likes.
    fn draw(&mut self) -> (Ask, u64, usize) {
        let ask = self.shared.mix.ask(&mut self.random);
        match (ask, self.liked.last().copied()) {
            (Ask::Unlike, Some((user, place))) => {
                self.liked.pop();
                (Ask::Unlike, user, place)
            }
            (Ask::Membership, Some((user, place))) => (Ask::Membership, user, place),
            (Ask::Count, _) => (Ask::Count, 1, self.shared.mix.article(&mut self.random)),
            _ => (
                Ask::Like,
                self.shared.new_user(),
                self.shared.mix.article(&mut self.random),
            ),
        }
    }
}

impl Shared {
    fn keep(&self, due: Instant, sent: Instant, answered: Instant, end: End) {
        let Some(samples) = &self.samples else {
            return;
        };
        let since = |time: Instant| time.saturating_duration_since(self.begin);
        let sample = Sample::new(since(due), since(sent), since(answered), end);
        samples.borrow_mut().push(sample);
    }

    fn new_user(&self) -> u64 {
        let number = self.next_user.get();
        self.next_user.set(number + 1);
        (number.wrapping_mul(USER_FACTOR) & ((1 << USER_BITS) - 1)) + 1
    }
}
