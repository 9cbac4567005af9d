//! The way to a service over HTTP: a list of questions is posted, a list of answers comes back.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::CoordinatorConfig;
use crate::{
    edges::{Dialer, Edges, address},
    saga::Unanswered,
    wire::{Link, Links, Wire},
};

/// One path of one service.
#[derive(Clone)]
struct Call {
    service: &'static str,
    base: Uri,
    path: &'static str,
    dialer: Arc<dyn Dialer>,
}

/// The ways to both services, at the addresses of the configuration.
pub(crate) fn links(config: &CoordinatorConfig, edges: &Edges) -> Links {
    Links {
        article: link("article", &config.article, edges),
        user: link("user", &config.user, edges),
    }
}

fn link<Q, A>(service: &'static str, base: &Uri, edges: &Edges) -> Link<Q, A>
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    let call = |path| Call {
        service,
        base: base.clone(),
        path,
        dialer: Arc::clone(&edges.dialer),
    };
    Link {
        steps: Arc::new(call("/v1/steps")),
        lookups: Arc::new(call("/v1/lookups")),
    }
}

#[async_trait]
impl<Q, A> Wire<Q, A> for Call
where
    Q: Serialize + Send + Sync + 'static,
    A: DeserializeOwned + Send + 'static,
{
    async fn ask(&self, questions: Vec<Q>) -> Result<Vec<A>, Unanswered> {
        let body = serde_json::to_vec(&questions).map_err(|error| Unanswered(error.to_string()))?;
        let uri = address(&self.base, self.path).map_err(|error| Unanswered(error.to_string()))?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| Unanswered(error.to_string()))?;
        let exchanged = self.dialer.exchange(request).await;
        let response = exchanged
            .map_err(|error| Unanswered(format!("the {} service: {error}", self.service)))?;
        match response.status() {
            // 422 names the items whose arguments differ; the others are answered as ever.
            StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY => self.read(response.body()),
            status => Err(Unanswered(format!(
                "the {} service answered {status}",
                self.service
            ))),
        }
    }
}

impl Call {
    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Unanswered> {
        serde_json::from_slice(body).map_err(|error| {
            Unanswered(format!(
                "the {} service's answer cannot be read: {error}",
                self.service
            ))
        })
    }
}
