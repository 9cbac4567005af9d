//! What does not exist in likes: articles that were never made, users that never did anything, transactions, and pages beyond the
//! last one.
//!
//! Articles are numbers from 1, and those of the probers follow. So every number from [`MISSING_ARTICLE`] is of an article that does
//! not exist. A user exists as soon as it does something: one that never did has no likes, and can like.

use bytes::Bytes;
use http::Request;
use likewise_world::{
    balancer,
    check::{Attempt, MissingThings, Read, SystemState},
    plan::{Fields, Name, Plan},
};
use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;
use serde::Deserialize;
use serde_json::Value;

use super::{
    names::{ARTICLE_SERVICE, USER_SERVICE},
    observed::LikesState,
    operation::{Action, LikeOperation},
};

/// The first article that does not exist.
pub const MISSING_ARTICLE: u32 = 1_000_000;
/// The first user that no other operation of the workload has. The users of the probers are below.
const NEW_USERS_FROM: i64 = 2_000_000;
/// The first user that does nothing at all.
const IDLE_USERS_FROM: i64 = 3_000_000;
/// The articles and users to choose from. So few that operations on one of them meet.
const FEW: u32 = 3;
/// An article after every other one: a page after it is empty.
const LAST_ARTICLE: i64 = 9_007_199_254_740_991;
/// A transaction that no coordinator makes.
const TRANSACTION: &str = "00000000-0000-7000-8000-000000000000";
/// The same, above every watermark of retention. Below one, nobody knows any more whether there was such a transaction.
const LATER_TRANSACTION: &str = "ffffffff-ffff-7fff-bfff-ffffffffffff";
/// The kinds of reads.
const KINDS: u64 = 5;

/// What does not exist in likes.
pub(super) struct MissingLikes;

impl MissingThings for MissingLikes {
    /// Two of three operations name an article that does not exist. The others are of a user that never did anything: it likes, or
    /// takes back what it never liked.
    fn draw(&self, rng: &mut Pcg64Mcg, plan: &Plan) -> Fields {
        let known = plan.workload.choose(rng).map(LikeOperation::of);
        let known = known.map_or((1, 1), |it| (it.user, it.article));
        let few = rng.random_range(0..FEW);
        let (user, article) = match rng.random_range(0..3) {
            0 => (known.0, MISSING_ARTICLE + few),
            1 => (NEW_USERS_FROM + i64::from(few), MISSING_ARTICLE + few),
            _ => (NEW_USERS_FROM + i64::from(few), known.1),
        };
        let actions = [Action::Like, Action::KeepLiked, Action::Unlike];
        let action = actions[rng.random_range(0..actions.len())];
        LikeOperation {
            user,
            action,
            article,
        }
        .fields()
    }

    fn is_missing(&self, what: &Fields) -> bool {
        is_missing(LikeOperation::of_fields(what).article)
    }

    /// The problem that the documents name, with its article.
    fn is_refusal(&self, answer: &Attempt) -> bool {
        problem(answer).is_some_and(|problem| problem == "/problems#article-not-found")
    }

    /// A like, a done step or an open saga.
    fn trace(&self, own: &dyn SystemState) -> Option<String> {
        let likes: &LikesState = own.of_type();
        let is_left =
            |article: i64, number: i64| article >= i64::from(MISSING_ARTICLE) && number != 0;
        let mut pairs = likes.pairs.iter();
        if let Some((pair, _)) = pairs.find(|(pair, number)| is_left(pair.1, i64::from(**number))) {
            let (user, article) = pair;
            return Some(format!(
                "user {user} likes article {article}, which does not exist"
            ));
        }
        for (what, numbers) in [
            ("likes", &likes.counts),
            ("done steps", &likes.net),
            ("open sagas", &likes.open),
        ] {
            let mut numbers = numbers.iter();
            if let Some((article, _)) =
                numbers.find(|(article, number)| is_left(**article, **number))
            {
                return Some(format!("article {article} does not exist and has {what}"));
            }
        }
        None
    }

    /// Each kind in turn. A page of somebody's likes after the last article is beyond the end.
    fn read(&self, plan: &Plan, number: u64) -> Option<Request<Bytes>> {
        let few = number / KINDS % u64::from(FEW);
        let article = u64::from(MISSING_ARTICLE) + few;
        let user = IDLE_USERS_FROM.unsigned_abs() + few;
        let known = plan
            .workload
            .first()
            .map_or(1, |it| LikeOperation::of(it).user);
        let at = |service: Name, path: String| {
            Request::get(format!("http://{}/v1{path}", balancer(service)))
        };
        let request = match number % KINDS {
            0 => at(ARTICLE_SERVICE, format!("/articles/{article}")),
            1 => at(USER_SERVICE, format!("/users/{user}/likes")),
            2 => {
                at(USER_SERVICE, format!("/articles/{article}/likes/me")).header("X-User-ID", known)
            }
            3 => at(
                USER_SERVICE,
                format!("/users/{known}/likes?after={LAST_ARTICLE}"),
            ),
            _ => {
                let transaction = match plan.retention {
                    Some(_) => LATER_TRANSACTION,
                    None => TRANSACTION,
                };
                at(Name::COORDINATOR, format!("/transactions/{transaction}"))
            }
        };
        request.body(Bytes::new()).ok()
    }

    fn judge(&self, read: &Read) -> Option<Result<(), String>> {
        let (uri, answer) = (read.request.uri(), read.answers.first()?);
        let expected = expected(&read.request)?;
        let body: Option<Value> = serde_json::from_str(&answer.body).ok();
        // A body that was cut off and a service that could not answer say nothing.
        let body = body.filter(|_| answer.status < 500)?;
        let is_right = match expected {
            Expected::Problem(kind) => {
                problem(answer).is_some_and(|it| it == format!("/problems#{kind}"))
            }
            Expected::NoItems => {
                body["items"] == Value::Array(Vec::new()) && body["next"].is_null()
            }
        };
        let wrong = || format!("GET {uri} was answered {} {}", answer.status, answer.body);
        Some(is_right.then_some(()).ok_or_else(wrong))
    }
}

/// Whether an article is one that does not exist.
pub(super) fn is_missing(article: u32) -> bool {
    article >= MISSING_ARTICLE
}

/// Whether a read begins after an article and not at the first one.
pub(super) fn begins_after_an_article(request: &Request<Bytes>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.contains("after=")
}

/// What the answer to a read must say.
enum Expected {
    /// That something does not exist, with this problem.
    Problem(&'static str),
    /// The last page, without items.
    NoItems,
}

/// `None` if the read is about something that exists.
fn expected(request: &Request<Bytes>) -> Option<Expected> {
    let path = request.uri().path().trim_start_matches("/v1/");
    let parts: Vec<&str> = path.split('/').collect();
    let is_from = |number: &str, first: i64| number.parse().is_ok_and(|it: i64| it >= first);
    match parts[..] {
        ["articles", article, ..] if !is_from(article, MISSING_ARTICLE.into()) => None,
        ["articles", _] => Some(Expected::Problem("article-not-found")),
        ["articles", ..] => Some(Expected::Problem("not-liked")),
        ["transactions", TRANSACTION | LATER_TRANSACTION] => {
            Some(Expected::Problem("transaction-not-found"))
        }
        ["users", user, _] if is_from(user, IDLE_USERS_FROM) => Some(Expected::NoItems),
        ["users", ..] => begins_after_an_article(request).then_some(Expected::NoItems),
        _ => None,
    }
}

/// The type of the problem in an answer with 404.
fn problem(answer: &Attempt) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        r#type: String,
    }
    let problem: Problem = serde_json::from_str(&answer.body).ok()?;
    (answer.status == 404).then_some(problem.r#type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{names::USER, samples::*};

    fn answer(status: u16, body: &str) -> Attempt {
        let body = body.to_owned();
        Attempt { status, body }
    }

    #[test]
    fn only_the_documented_problem_is_a_refusal() {
        let is_refusal = |status, body| MissingLikes.is_refusal(&answer(status, body));
        assert!(is_refusal(
            404,
            r##"{"type":"/problems#article-not-found"}"##
        ));
        assert!(!is_refusal(404, r##"{"type":"/problems#not-liked"}"##));
        assert!(!is_refusal(404, "not found"));
        assert!(!is_refusal(
            409,
            r##"{"type":"/problems#article-not-found"}"##
        ));
        assert!(!is_refusal(200, r#"{"current_likes":1}"#));
    }

    /// The samples are of article 1, so this is a record of an article that does not exist.
    #[test]
    fn a_record_of_an_article_that_does_not_exist_is_a_trace() {
        let trace = |change: &str| {
            let mut liked = liked(1);
            liked.row = liked
                .row
                .to_string()
                .replace("\"article_id\":1", change)
                .parse()
                .unwrap();
            let mut likes = LikesState::default();
            likes.own_row_changed(USER, &liked).unwrap();
            MissingLikes.trace(&likes)
        };
        assert_eq!(trace("\"article_id\":1"), None);
        let left = "user 1 likes article 1000000, which does not exist";
        assert_eq!(trace("\"article_id\":1000000").as_deref(), Some(left));
    }

    fn judged(number: u64, status: u16, body: &str) -> Option<Result<(), String>> {
        let plan = Plan::new("").with_operation(crate::operation(1, Action::Like, 1, 0));
        let request = MissingLikes.read(&plan, number).unwrap();
        let answers = vec![answer(status, body)];
        MissingLikes.judge(&Read {
            number,
            request,
            answers,
        })
    }

    #[test]
    fn each_read_has_its_own_right_answer() {
        let right = [
            (404, r##"{"type":"/problems#article-not-found"}"##),
            (200, r#"{"items":[],"next":null}"#),
            (404, r##"{"type":"/problems#not-liked"}"##),
            (200, r#"{"items":[],"next":null}"#),
            (404, r##"{"type":"/problems#transaction-not-found"}"##),
        ];
        for (number, (status, body)) in (0..).zip(right) {
            assert_eq!(judged(number, status, body), Some(Ok(())), "{number}");
            let wrong = judged(number, 200, r#"{"likes":0,"items":[{"article_id":1}]}"#);
            assert!(wrong.unwrap().is_err(), "{number}");
            assert_eq!(
                judged(number, 503, "{}"),
                None,
                "the service could not answer"
            );
            assert_eq!(judged(number, status, "{"), None, "the body is cut off");
        }
    }

    #[test]
    fn what_exists_is_not_judged() {
        for path in [
            "/v1/articles/1",
            "/v1/users/1/likes",
            "/v1/articles/1/likes/me",
        ] {
            let request = Request::get(format!("http://any-user{path}"));
            let request = request.body(Bytes::new()).unwrap();
            assert!(expected(&request).is_none(), "{path}");
        }
    }
}
