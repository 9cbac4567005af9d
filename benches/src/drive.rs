//! The clients: a closed loop, in which each waits for its answer before it asks again, or an open
//! one, in which requests begin at a fixed rate whatever comes back.
//!
//! In the open loop a request's latency counts from when it should have begun, so a system that
//! stalls cannot hide the requests that it kept from being sent.

use std::{
    cell::{Cell, RefCell},
    io::IsTerminal,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::{
    audit,
    mix::{Ask, Mix},
    options::Load,
    outcome::{Outcome, ProcessUsage, Quantiles},
    system::System,
    tally::{End, Tally},
    usage::Usage,
    wire::{Reply, Wire},
};

/// Pairs that one client remembers to unlike.
const LIKED_KEPT_MAX: usize = 1_024;
/// How long a client pauses after its connection broke or it was refused, in the closed loop.
const PAUSE_AFTER_TROUBLE: Duration = Duration::from_millis(10);
/// Users are drawn from so many: an odd factor scatters them, each exactly once.
const USER_BITS: u32 = 48;
const USER_FACTOR: u64 = 0x9E37_79B9_7F4B;
/// Connections that create the articles.
const CREATORS: usize = 32;

/// What all clients share.
struct Shared {
    mix: Mix,
    articles: Vec<i64>,
    tally: RefCell<Tally>,
    /// The next user, never one of an earlier load: loads make fewer users than microseconds pass.
    next_user: Cell<u64>,
    /// The next request's number, in the open loop.
    next_arrival: Cell<u64>,
    until: Cell<Instant>,
    coordinator: std::net::SocketAddr,
    article: std::net::SocketAddr,
    user: std::net::SocketAddr,
}

/// Puts a load on a system, measures, and compares the books.
///
/// # Errors
/// The system could not be reached at all.
pub(crate) async fn run(load: &Load, system: &System) -> Result<Outcome> {
    ensure!(
        load.likes + load.unlikes + load.reads > 0,
        "nothing is asked for: give --likes, --unlikes or --reads"
    );
    let articles = create_articles(system, load.articles as usize).await?;
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("reading the clock")?;
    let shared = Rc::new(Shared {
        mix: Mix::of(load),
        tally: RefCell::new(Tally::new(articles.len())),
        articles,
        next_user: Cell::new(u64::try_from(since_1970.as_micros()).unwrap_or(0)),
        next_arrival: Cell::new(0),
        until: Cell::new(Instant::now()),
        coordinator: system.coordinator,
        article: system.article,
        user: system.user,
    });
    let begin = Instant::now();
    let length = Duration::from_secs((load.warm_up + load.seconds).into());
    shared.until.set(begin + length);
    let clients: Vec<_> = (0..load.clients)
        .map(|number| {
            tokio::task::spawn_local(client(
                Rc::clone(&shared),
                number,
                load.seed,
                load.rate,
                begin,
            ))
        })
        .collect();
    tokio::time::sleep_until((begin + Duration::from_secs(load.warm_up.into())).into()).await;
    let usages = measure(&shared, system, load).await;
    for client in clients {
        client.await.context("a client ended early")?;
    }
    let entries = shared.tally.borrow().books.clone();
    let books = audit::audit(system, &shared.articles, &entries).await?;
    let tally = shared.tally.borrow();
    Ok(outcome(load, system, &tally, usages, books))
}

/// Lets a second at a time pass, and returns what each process used meanwhile.
async fn measure(shared: &Shared, system: &System, load: &Load) -> Vec<(Usage, u64)> {
    let before: Vec<Usage> = system
        .watched
        .iter()
        .map(|watched| watched.usage())
        .collect();
    let mut resident_max = vec![0; before.len()];
    shared.tally.borrow_mut().measuring = true;
    let begin = Instant::now();
    let bar = progress(load.seconds);
    for second in 1..=load.seconds {
        tokio::time::sleep_until((begin + Duration::from_secs(second.into())).into()).await;
        let now: Vec<u64> = system
            .services()
            .iter()
            .map(|watched| watched.usage().resident_bytes)
            .collect();
        for (most, now) in resident_max.iter_mut().zip(&now) {
            *most = (*most).max(*now);
        }
        let mut tally = shared.tally.borrow_mut();
        tally.series.close(now.iter().sum());
        if let Some(row) = tally.series.rows.last() {
            bar.set_message(format!(
                "{} done, {} refused, p99 {:.1} ms",
                row.done,
                row.refused,
                row.p99_micros as f64 / 1e3
            ));
        }
        bar.inc(1);
    }
    shared.tally.borrow_mut().measuring = false;
    bar.finish_and_clear();
    let used = system.watched.iter().zip(before).map(|(watched, before)| {
        let mut usage = watched.usage();
        usage.cpu_micros -= before.cpu_micros.min(usage.cpu_micros);
        usage
    });
    used.zip(resident_max).collect()
}

fn progress(seconds: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}");
    ProgressBar::new(seconds.into())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn outcome(
    load: &Load,
    system: &System,
    tally: &Tally,
    usages: Vec<(Usage, u64)>,
    books: audit::Books,
) -> Outcome {
    let seconds = f64::from(load.seconds);
    let requests = (tally.likes + tally.unlikes + tally.reads).max(1) as f64;
    let processes = system
        .watched
        .iter()
        .zip(usages)
        .map(|(watched, (usage, resident))| ProcessUsage {
            name: watched.name,
            cpu_micros_a_request: usage.cpu_micros as f64 / requests,
            resident_bytes_max: resident,
        });
    let loop_is = match load.rate {
        None => format!("closed loop, {} clients", load.clients),
        Some(rate) => format!(
            "open loop, {rate} a second, at most {} at once",
            load.clients
        ),
    };
    Outcome {
        system: system.name.clone(),
        load: format!("{loop_is}, {:?}, {} articles", load.mix, load.articles),
        seconds,
        likes: tally.likes,
        unlikes: tally.unlikes,
        reads: tally.reads,
        writes_per_second: (tally.likes + tally.unlikes) as f64 / seconds,
        reads_per_second: tally.reads as f64 / seconds,
        refused: tally.refused,
        refused_without_retry_after: tally.refused_bare,
        in_doubt: tally.in_doubt,
        unexpected: tally.unexpected.clone(),
        writes: Quantiles::of(&tally.writes),
        looks: Quantiles::of(&tally.looks),
        refusals: Quantiles::of(&tally.refusals),
        processes: processes.collect(),
        books,
        series: tally.series.rows.clone(),
    }
}

/// One client, until the time is over.
async fn client(shared: Rc<Shared>, number: u32, seed: u64, rate: Option<u32>, begin: Instant) {
    let mut client = Client {
        random: Pcg64Mcg::seed_from_u64(seed ^ (u64::from(number) << 32)),
        coordinator: Wire::to(shared.coordinator),
        article: Wire::to(shared.article),
        user: Wire::to(shared.user),
        liked: Vec::new(),
        request: Vec::new(),
        shared,
    };
    loop {
        let meant = match rate {
            None => Instant::now(),
            Some(rate) => client.arrival(rate, begin).await,
        };
        if meant >= client.shared.until.get() {
            return;
        }
        let trouble = client.ask(meant).await;
        if trouble && rate.is_none() {
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
    /// Takes the next arrival and waits for its time.
    async fn arrival(&self, rate: u32, begin: Instant) -> Instant {
        let number = self.shared.next_arrival.get();
        self.shared.next_arrival.set(number + 1);
        let meant = begin + Duration::from_nanos(number * 1_000_000_000 / u64::from(rate));
        if meant > Instant::now() {
            tokio::time::sleep_until(meant.into()).await;
        }
        meant
    }

    /// Asks once and counts it; whether something went wrong.
    async fn ask(&mut self, meant: Instant) -> bool {
        let (ask, user, place) = self.draw();
        let article = self.shared.articles[place];
        write_request(&mut self.request, ask, article, user);
        let wire = match ask {
            Ask::Like | Ask::Unlike => &mut self.coordinator,
            Ask::Count => &mut self.article,
            Ask::Membership => &mut self.user,
        };
        let sent = Instant::now();
        let end = match wire.exchange(&self.request).await {
            Ok(reply) => end(ask, &reply),
            Err(_) => End::InDoubt,
        };
        let now = Instant::now();
        self.shared
            .tally
            .borrow_mut()
            .count(ask, place, end, now - meant, now - sent);
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
    fn new_user(&self) -> u64 {
        let number = self.next_user.get();
        self.next_user.set(number + 1);
        (number.wrapping_mul(USER_FACTOR) & ((1 << USER_BITS) - 1)) + 1
    }
}

fn write_request(request: &mut Vec<u8>, ask: Ask, article: i64, user: u64) {
    use std::io::Write as _;
    request.clear();
    // Writing to memory cannot fail.
    let _ = match ask {
        Ask::Like => write!(
            request,
            "POST /articles/{article}/like HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Ask::Unlike => write!(
            request,
            "DELETE /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
        Ask::Count => write!(
            request,
            "GET /v1/articles/{article} HTTP/1.1\r\nhost: load\r\n\r\n"
        ),
        Ask::Membership => write!(
            request,
            "GET /v1/articles/{article}/likes/me HTTP/1.1\r\nhost: load\r\nx-user-id: {user}\r\n\r\n"
        ),
    };
}

fn end(ask: Ask, reply: &Reply<'_>) -> End {
    let in_doubt = || reply.body.windows(8).any(|eight| eight == b"in-doubt");
    match reply.status {
        200 => End::Done,
        429 | 503 if matches!(ask, Ask::Like | Ask::Unlike) && in_doubt() => End::InDoubt,
        429 | 503 => End::Refused {
            retry_after: reply.retry_after,
        },
        // The saga was undone: for the books, as if it had never been.
        other => End::Unexpected(other),
    }
}

async fn create_articles(system: &System, number: usize) -> Result<Vec<i64>> {
    let mut creators = Vec::new();
    for creator in 0..CREATORS.min(number) {
        let share = number / CREATORS + usize::from(creator < number % CREATORS);
        let mut wire = Wire::to(system.article);
        creators.push(tokio::task::spawn_local(async move {
            let mut made = Vec::new();
            let body = r#"{"title":"load"}"#;
            let request = format!(
                "POST /v1/articles HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            for _ in 0..share {
                let reply = wire.exchange(request.as_bytes()).await.context("creating an article")?;
                ensure!(reply.status == 201, "creating an article was answered {}", reply.status);
                let body: serde_json::Value = serde_json::from_slice(reply.body)?;
                made.push(body["id"].as_i64().context("an article without an id")?);
            }
            Ok(made)
        }));
    }
    let mut articles = Vec::new();
    for creator in creators {
        articles.extend(creator.await.context("a creator ended early")??);
    }
    articles.sort_unstable();
    Ok(articles)
}
