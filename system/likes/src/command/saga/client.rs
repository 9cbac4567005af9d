//! The client of the admin API: it finds the leader among the addresses, and says what is known after a failure.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header},
};
use likewise::bounds::ADMIN_API;
use likewise_saga::{
    bound::within,
    env::{Env, HttpClient, join_uri},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{stop::Stop, text::printable, token::Token};

/// The path of the sagas.
pub(super) const SAGAS: &str = "/admin/v1/sagas";

/// The path of the pauses of kinds and services.
pub(super) const PAUSES: &str = "/admin/v1/pauses";
/// The query of an action that is only looked at.
pub(super) const DRY_RUN: &str = "?dry_run=true";

/// What is asked of the API.
pub(super) struct Asked<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) body: Value,
    /// The `ETag` of what an action is based on.
    pub(super) seen: Option<&'a str>,
}

impl Asked<'_> {
    /// Whether it changes anything.
    fn acts(&self) -> bool {
        self.method != Method::GET && !self.path.ends_with(DRY_RUN)
    }
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) etag: Option<String>,
    /// Its body.
    pub(super) body: Bytes,
}

/// What the client reads of a problem.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    r#type: String,
    title: String,
    detail: String,
}

/// A client of the admin API.
pub(super) struct AdminClient {
    addresses: Vec<Uri>,
    /// The index of the address that answered last.
    leader: usize,
    token: String,
    http_client: Arc<dyn HttpClient>,
}

impl AdminClient {
    /// A client of the coordinators at these addresses, at least one.
    pub(super) fn new(addresses: Vec<Uri>, token: &Token, env: &Env) -> Self {
        Self {
            addresses,
            leader: 0,
            token: format!("Bearer {}", token.0),
            http_client: Arc::clone(&env.http_client),
        }
    }

    /// Reads.
    ///
    /// # Errors
    /// [`Stop`]: nobody answered, or the answer is a refusal.
    pub(super) async fn read(&mut self, path: &str) -> Result<Answer, Stop> {
        let asked = Asked {
            method: Method::GET,
            path,
            body: Value::Null,
            seen: None,
        };
        self.ask(asked).await?.success()
    }

    /// Goes to the leader: the others know neither the progress of the sagas nor the orders, and take none.
    ///
    /// # Errors
    /// [`Stop`]: it is not among the addresses, or refuses the token.
    pub(super) async fn find_leader(&mut self) -> Result<(), Stop> {
        // A standby answers many requests, but not this one.
        self.read(PAUSES).await.map(drop)
    }

    /// Goes to the leader to look, if there is a choice. Without one, a standby shows what the log says.
    ///
    /// # Errors
    /// [`Stop`]: the token is refused.
    pub(super) async fn prefer_leader(&mut self) -> Result<(), Stop> {
        if self.addresses.len() == 1 {
            return Ok(());
        }
        match self.find_leader().await {
            Err(stop) if !stop.is_refusal() => {
                eprintln!("note: no leader answers; a standby shows what the log says");
                Ok(())
            }
            found => found,
        }
    }

    /// Asks, and returns any answer that does not come from a standby. A look is repeated at the next address if one does not
    /// answer. An action is not: it may have been done.
    ///
    /// # Errors
    /// [`Stop`]: nobody answered who could.
    pub(super) async fn ask(&mut self, asked: Asked<'_>) -> Result<Answer, Stop> {
        let mut failures = Vec::new();
        for offset in 0..self.addresses.len() {
            let index = (self.leader + offset) % self.addresses.len();
            let address = self.addresses[index].clone();
            let exchanged = self.exchange(&address, &asked).await;
            let address = address.to_string();
            let address = address.trim_end_matches('/');
            let failure = match exchanged {
                Ok(answer) if answer.is_of_standby() => answer.problem_text(),
                Ok(answer) => {
                    self.leader = index;
                    return Ok(answer);
                }
                Err(failure) if asked.acts() => {
                    return Err(Stop::unknown(format!(
                        "{address}: {failure}\nIt is not known whether the action was done. The audit says: likewise saga audit"
                    )));
                }
                Err(failure) => failure,
            };
            failures.push(format!("{address}: {failure}"));
        }
        let failures = failures.join("\n");
        let advice = "Name the admin listeners of all coordinators with --admin.";
        Err(Stop::unknown(format!(
            "no leading coordinator answers\n{failures}\n{advice}"
        )))
    }

    async fn exchange(&self, address: &Uri, asked: &Asked<'_>) -> Result<Answer, String> {
        let request = self
            .request(address, asked)
            .map_err(|error| error.to_string())?;
        let exchanged = within(ADMIN_API, self.http_client.exchange(request)).await;
        let exchanged = exchanged.map_err(|overdue| overdue.to_string())?;
        let answer = exchanged.map_err(|error| printable(&error.to_string()))?;
        Ok(Answer::of(answer))
    }

    fn request(
        &self,
        address: &Uri,
        asked: &Asked<'_>,
    ) -> Result<Request<Bytes>, axum::http::Error> {
        let request = Request::builder()
            .method(asked.method.clone())
            .uri(join_uri(address, asked.path)?)
            .header(header::AUTHORIZATION, &self.token)
            .header(header::ACCEPT, "application/json, application/problem+json");
        let request = match asked.seen {
            Some(seen) => request.header(header::IF_MATCH, seen),
            None => request,
        };
        match &asked.body {
            Value::Null => request.body(Bytes::new()),
            body => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string().into()),
        }
    }
}

impl Answer {
    fn of(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            etag: etag(&parts.headers),
            body,
        }
    }

    /// The answer, if it is a success.
    ///
    /// # Errors
    /// [`Stop`], with the words of the API.
    pub(super) fn success(self) -> Result<Self, Stop> {
        match self.status {
            status if status.is_success() => Ok(self),
            _ => Err(self.failure()),
        }
    }

    /// Why an answer is not a success. After a failure of the server, nobody knows what was done.
    pub(super) fn failure(&self) -> Stop {
        let text = self.problem_text();
        match self.status {
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => Stop::usage(text),
            StatusCode::TOO_MANY_REQUESTS => Stop::unknown(text),
            status if status.is_client_error() => Stop::refused(text),
            _ => Stop::unknown(text),
        }
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`Stop`]: it is not what the API sends. Perhaps something else listens there.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| {
            let status = self.status;
            Stop::unknown(format!(
                "the answer {status} is not one of the admin API: {error}"
            ))
        })
    }

    /// Prints the body as the API has sent it.
    pub(super) fn print(&self) {
        println!("{}", String::from_utf8_lossy(&self.body).trim_end());
    }

    fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn is_of_standby(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
            && self.problem().r#type.ends_with("#not-leader")
    }

    /// The words of the API about a refusal.
    pub(super) fn problem_text(&self) -> String {
        let Problem { title, detail, .. } = self.problem();
        let text = [detail, title].into_iter().find(|text| !text.is_empty());
        let text = text.unwrap_or_else(|| "the answer has no explanation".to_owned());
        format!("{} ({})", printable(&text), self.status.as_u16())
    }
}

fn etag(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::ETAG)?;
    value.to_str().ok().map(str::to_owned)
}

/// The body of an answer as a tree.
pub(super) fn tree(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
