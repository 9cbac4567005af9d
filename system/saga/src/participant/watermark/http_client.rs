//! The leader's client of `POST /v1/watermarks`.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};

use super::{RaiseError, Raised, Watermark, WatermarkClient};
use crate::{
    env::{HttpClient, join_uri},
    participant::http_client::unusable,
    protocol::NoReply,
    security::{SecretSource, show},
};

/// Publishes watermarks to one service over HTTP.
pub(in crate::participant) struct HttpWatermarks {
    pub(in crate::participant) service: &'static str,
    pub(in crate::participant) base: Uri,
    pub(in crate::participant) http_client: Arc<dyn HttpClient>,
    pub(in crate::participant) secrets: Arc<dyn SecretSource>,
}

/// The part of a 409 that the leader reads.
#[derive(Deserialize)]
struct Refused {
    stored: Watermark,
}

#[async_trait]
impl WatermarkClient for HttpWatermarks {
    async fn raise(&self, watermark: Watermark) -> Result<Raised, RaiseError> {
        let no_reply = |error: &dyn std::fmt::Display| NoReply(error.to_string());
        let body = serde_json::to_vec(&watermark).map_err(|error| no_reply(&error))?;
        let uri = join_uri(&self.base, "/v1/watermarks").map_err(|error| no_reply(&error))?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|error| no_reply(&error))?;
        show(&*self.secrets, request.headers_mut());
        let exchanged = self.http_client.exchange(request).await;
        let response =
            exchanged.map_err(|error| NoReply(format!("the {} service: {error}", self.service)))?;
        match response.status() {
            StatusCode::OK => Ok(self.read(response.body())?),
            StatusCode::CONFLICT => {
                let Refused { stored } = self.read(response.body())?;
                Err(RaiseError::Refused { stored })
            }
            status => Err(unusable(self.service, status).into()),
        }
    }
}

impl HttpWatermarks {
    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, NoReply> {
        serde_json::from_slice(body).map_err(|error| {
            let service = self.service;
            NoReply(format!(
                "the reply of the {service} service is invalid: {error}"
            ))
        })
    }
}
