//! How often a peer may show a wrong secret.
//!
//! A secret is random, so nobody guesses one. The limit is for secrets that a person has made up, and it spares the log.
//!
//! A secret that is wrong again is no further guess: a coordinator repeats its old one until somebody gives it the new one. An
//! address that has shown a right secret is not delayed: otherwise anybody behind the same gateway could stop the sagas.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use tokio::time::Instant;

/// Different wrong secrets without a delay.
const FREE: u32 = 10;
/// The delay after one more. It doubles with each further one.
const DELAY_MIN: Duration = Duration::from_secs(1);
/// The longest delay.
const DELAY_MAX: Duration = Duration::from_secs(60);
/// After so long without a wrong secret, those of before are forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(600);
/// How often the log names one peer.
const LOG_PAUSE: Duration = Duration::from_secs(60);
/// The most peers that are known. Whoever was seen longest ago is forgotten first.
const PEERS_MAX: usize = 1_024;

/// What is known of the peers.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<BTreeMap<IpAddr, PeerAttempts>>);

#[derive(Debug)]
struct PeerAttempts {
    seen_at: Instant,
    /// Different wrong secrets.
    wrong: u32,
    /// The hash of the last one.
    last: u64,
    not_before: Option<Instant>,
    has_been_right: bool,
    logged_at: Option<Instant>,
    /// Refused requests since then.
    unlogged: u64,
}

/// Whether a refused request is to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// Yes, with the number of those that were not.
    Yes {
        unlogged: u64,
    },
    No,
}

impl Attempts {
    /// The time until this peer may show a secret again. `None` if it may now.
    pub(super) fn delay(&self, peer: IpAddr, now: Instant) -> Option<Duration> {
        let peers = self.lock();
        let known = peers.get(&peer).filter(|known| !known.has_been_right)?;
        let left = known.not_before?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Takes note of a right secret.
    pub(super) fn right(&self, peer: IpAddr, now: Instant) {
        let mut peers = self.lock();
        let known = known(&mut peers, peer, now);
        known.has_been_right = true;
        known.seen_at = now;
    }

    /// Takes note of a refused request. `secret` is what it showed.
    pub(super) fn refused(&self, peer: IpAddr, secret: Option<&[u8]>, now: Instant) -> Log {
        let mut peers = self.lock();
        let known = known(&mut peers, peer, now);
        if now.saturating_duration_since(known.seen_at) > FORGET_AFTER {
            (known.wrong, known.last) = (0, 0);
        }
        known.seen_at = now;
        if let Some(hash) = secret.map(hash).filter(|hash| *hash != known.last) {
            known.last = hash;
            known.wrong = known.wrong.saturating_add(1);
            if let Some(over) = known.wrong.checked_sub(FREE + 1) {
                let doubled = 1_u32.checked_shl(over);
                let delay = doubled.map_or(DELAY_MAX, |by| DELAY_MIN.saturating_mul(by));
                known.not_before = Some(now + delay.min(DELAY_MAX));
            }
        }
        let is_due = |at: Instant| now.saturating_duration_since(at) >= LOG_PAUSE;
        if known.logged_at.is_none_or(is_due) {
            known.logged_at = Some(now);
            let unlogged = std::mem::take(&mut known.unlogged);
            return Log::Yes { unlogged };
        }
        known.unlogged += 1;
        Log::No
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, PeerAttempts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known(
    peers: &mut BTreeMap<IpAddr, PeerAttempts>,
    peer: IpAddr,
    now: Instant,
) -> &mut PeerAttempts {
    if peers.len() >= PEERS_MAX && !peers.contains_key(&peer) {
        let oldest = peers.iter().min_by_key(|(_, known)| known.seen_at);
        if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
            peers.remove(&oldest);
        }
    }
    peers.entry(peer).or_insert(PeerAttempts {
        seen_at: now,
        wrong: 0,
        last: 0,
        not_before: None,
        has_been_right: false,
        logged_at: None,
        unlogged: 0,
    })
}

/// Only tells two secrets apart. The key needs not be secret: a peer that finds two wrong secrets with one hash has two guesses.
fn hash(secret: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(secret);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn wrong(attempts: &Attempts, number: u32, now: Instant) -> u64 {
        attempts.refused(PEER, Some(&number.to_le_bytes()), now);
        attempts.delay(PEER, now).unwrap_or_default().as_secs()
    }

    #[test]
    fn after_ten_different_wrong_secrets_each_further_one_waits_longer_up_to_a_limit() {
        let (attempts, mut now) = (Attempts::default(), Instant::now());
        let mut delays = Vec::new();
        for number in 0..19 {
            let delay = wrong(&attempts, number, now);
            delays.push(delay);
            now += Duration::from_secs(delay);
        }
        assert_eq!(delays[..10], [0; 10]);
        assert_eq!(delays[10..], [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        now += FORGET_AFTER + Duration::from_secs(1);
        assert_eq!(wrong(&attempts, 99, now), 0);
    }

    #[test]
    fn the_same_wrong_secret_is_one_guess_and_a_missing_one_is_none() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..1_000 {
            assert_eq!(wrong(&attempts, 1, now), 0);
            attempts.refused(PEER, None, now);
        }
        assert_eq!(attempts.delay(PEER, now), None);
    }

    #[test]
    fn an_address_that_has_shown_a_right_secret_is_not_delayed() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        attempts.right(PEER, now);
        for number in 0..100 {
            assert_eq!(wrong(&attempts, number, now), 0);
        }
    }

    #[test]
    fn one_peer_is_logged_once_a_minute() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let refused = |at| attempts.refused(PEER, None, at);
        assert_eq!(refused(now), Log::Yes { unlogged: 0 });
        assert_eq!(refused(now), Log::No);
        assert_eq!(refused(now + LOG_PAUSE), Log::Yes { unlogged: 1 });
    }

    #[test]
    fn the_number_of_known_peers_is_bounded() {
        let (attempts, mut now) = (Attempts::default(), Instant::now());
        for number in 0..2_000 {
            now += Duration::from_millis(1);
            attempts.refused(std::net::Ipv4Addr::from_bits(number).into(), None, now);
        }
        assert_eq!(attempts.lock().len(), PEERS_MAX);
    }
}
