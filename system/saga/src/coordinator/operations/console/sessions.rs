//! Who is signed in. Sessions live in memory: a restart signs everybody out, and no session is ever stored.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::wrong_tokens::WrongTokens;
use crate::{
    admin::{AdminTokens, Operator, Role},
    env::Env,
};

/// A session that nobody uses ends after this time.
const IDLE_MAX: Duration = Duration::from_secs(30 * 60);
/// Every session ends after this time.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// The most sessions. One more ends the one that was not used for the longest time.
const SESSIONS_MAX: usize = 64;
/// The random bytes of a session's id, and of its CSRF token.
const SECRET_BYTES: usize = 32;

/// The sessions of a console, and the tokens that open one.
pub(super) struct Sessions {
    env: Env,
    tokens: Arc<AdminTokens>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Under the digest of the id. So the time of a look-up tells nothing about an id.
    sessions: BTreeMap<[u8; 32], Session>,
    wrong: WrongTokens,
}

struct Session {
    visitor: Visitor,
    began: Instant,
    used: Instant,
}

/// Who is signed in.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) operator: Operator,
    /// What every form of this session sends along.
    pub(super) csrf: Arc<str>,
}

impl Visitor {
    /// Whether the operator may act, and not only look.
    pub(super) fn may_operate(&self) -> bool {
        self.operator.role >= Role::Operate
    }

    /// Whether a form was made for this session. Takes a time that depends only on the lengths.
    pub(super) fn sent(&self, csrf: &str) -> bool {
        bool::from(self.csrf.as_bytes().ct_eq(csrf.as_bytes()))
    }
}

/// Why nobody was signed in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LoginError {
    /// No operator has this token.
    Wrong,
    /// There were too many wrong tokens. None was looked at.
    TooMany(Duration),
}

impl Sessions {
    pub(super) fn new(env: Env, tokens: Arc<AdminTokens>) -> Self {
        Self {
            env,
            tokens,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs the owner of a token in. Returns the id of the session.
    ///
    /// # Errors
    /// [`LoginError`].
    pub(super) fn begin(&self, token: &str) -> Result<String, LoginError> {
        let now = self.env.clock.steady();
        // Locked during the comparison: attempts at the same time count one after the other.
        let mut state = self.lock();
        if let Some(delay) = state.wrong.delay(now) {
            return Err(LoginError::TooMany(delay));
        }
        let Some(operator) = self.tokens.find(token.as_bytes()) else {
            state.wrong.count(now);
            return Err(LoginError::Wrong);
        };
        state.wrong.forget();
        state.make_room(now);
        let (id, csrf) = (self.secret(), self.secret().into());
        let visitor = Visitor {
            operator: operator.clone(),
            csrf,
        };
        let session = Session {
            visitor,
            began: now,
            used: now,
        };
        state.sessions.insert(digest(&id), session);
        Ok(id)
    }

    /// Who has this session. `uses` is whether a person asks, and not a page that refreshes itself: such a page must not keep a
    /// session open for ever.
    pub(super) fn find(&self, id: &str, uses: bool) -> Option<Visitor> {
        let now = self.env.clock.steady();
        let (mut state, digest) = (self.lock(), digest(id));
        let session = state.sessions.get_mut(&digest)?;
        if session.is_over(now) {
            state.sessions.remove(&digest);
            return None;
        }
        if uses {
            session.used = now;
        }
        Some(session.visitor.clone())
    }

    /// Ends a session.
    pub(super) fn end(&self, id: &str) {
        self.lock().sessions.remove(&digest(id));
    }

    fn secret(&self) -> String {
        let mut bytes = [0; SECRET_BYTES];
        self.env.entropy.fill(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl State {
    fn make_room(&mut self, now: Instant) {
        self.sessions.retain(|_, session| !session.is_over(now));
        while self.sessions.len() >= SESSIONS_MAX {
            let oldest = self.sessions.iter().min_by_key(|(_, session)| session.used);
            let Some(oldest) = oldest.map(|(digest, _)| *digest) else {
                return;
            };
            self.sessions.remove(&oldest);
        }
    }
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        let since = |then| now.saturating_duration_since(then);
        since(self.used) >= IDLE_MAX || since(self.began) >= LIFETIME
    }
}

fn digest(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::real;

    const TOKEN: &str = "0123456789abcdef-operate";

    fn sessions() -> Sessions {
        let tokens: AdminTokens = format!("bob operate {TOKEN}").parse().unwrap();
        Sessions::new(real::env(), Arc::new(tokens))
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_it_is_idle_or_old_and_a_refresh_does_not_keep_it() {
        let sessions = sessions();
        let id = sessions.begin(TOKEN).unwrap();
        assert_eq!(&*sessions.find(&id, true).unwrap().operator.name, "bob");
        let minutes = |minutes: u64| tokio::time::advance(Duration::from_secs(60 * minutes));
        minutes(29).await;
        assert!(sessions.find(&id, true).is_some());
        minutes(29).await;
        assert!(sessions.find(&id, false).is_some(), "it was used");
        minutes(1).await;
        assert!(sessions.find(&id, true).is_none(), "a refresh is no use");
        let id = sessions.begin(TOKEN).unwrap();
        for _ in 0..12 * 3 - 1 {
            minutes(20).await;
            assert!(sessions.find(&id, true).is_some());
        }
        minutes(20).await;
        assert!(sessions.find(&id, true).is_none(), "it is old");
    }

    #[tokio::test(start_paused = true)]
    async fn one_session_too_many_ends_the_one_that_was_not_used_for_the_longest_time() {
        let sessions = sessions();
        let mut ids = Vec::new();
        for _ in 0..SESSIONS_MAX {
            ids.push(sessions.begin(TOKEN).unwrap());
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(sessions.find(&ids[0], true).is_some());
        let newest = sessions.begin(TOKEN).unwrap();
        assert!(sessions.find(&ids[0], true).is_some());
        assert!(sessions.find(&ids[1], true).is_none());
        assert!(sessions.find(&newest, true).is_some());
        sessions.end(&newest);
        assert!(sessions.find(&newest, true).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_token_waits_like_a_wrong_one_and_then_ends_the_delay() {
        let sessions = sessions();
        for _ in 0..5 {
            assert_eq!(sessions.begin("wrong"), Err(LoginError::Wrong));
        }
        let second = Duration::from_secs(1);
        assert_eq!(sessions.begin(TOKEN), Err(LoginError::TooMany(second)));
        tokio::time::advance(second).await;
        assert!(sessions.begin(TOKEN).is_ok());
        assert_eq!(sessions.begin("wrong"), Err(LoginError::Wrong));
        assert_eq!(sessions.begin("wrong"), Err(LoginError::Wrong));
    }
}
