//! HTTP requests to a receiver that somebody else runs: over TLS, without redirects, and with a small answer.
//!
//! Alerts are sent with it. The participants of a saga are reached by [`HyperClient`](super::HyperClient).

use std::{io, path::Path, sync::Arc};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{
    ExchangeError, HttpClient,
    http_client::{CONNECT_TIMEOUT, IDLE_CONNECTION_TIMEOUT, with_causes},
};

/// The most bytes of an answer that are read. Only its status counts.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// An HTTP/1.1 client that speaks TLS to `https://`, and none to `http://`.
///
/// It keeps at most the first 64 KiB of an answer. Whatever is longer is cut off without an error.
pub struct TlsClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// The certificates to trust cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsClientError {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(io::Error),
    /// The file has no certificate, or one that is damaged.
    #[error("it is not a PEM file with certificates: {0}")]
    Invalid(String),
    /// The operating system has none.
    #[error("the operating system has no certificates to trust: {0}")]
    NoneOfSystem(String),
    /// TLS cannot be used at all.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

impl TlsClient {
    /// A client that trusts the certificates of the operating system, or only those of a PEM file. It reads files, so it blocks.
    /// Without `needs_tls` it trusts none, unless there is a file.
    ///
    /// # Errors
    /// [`TlsClientError`].
    pub fn new(needs_tls: bool, ca_file: Option<&Path>) -> Result<Self, TlsClientError> {
        let roots = match ca_file {
            Some(file) => roots_of_file(file)?,
            None if needs_tls => roots_of_system()?,
            None => RootCertStore::empty(),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
            .pool_max_idle_per_host(1)
            .build(connector);
        Ok(Self { client })
    }
}

#[async_trait]
impl HttpClient for TlsClient {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        let response = self
            .client
            .request(request.map(Full::new))
            .await
            .map_err(|error| ExchangeError::NoReply(with_causes(&error)))?;
        let (parts, body) = response.into_parts();
        Ok(Response::from_parts(parts, beginning(body).await?))
    }
}

/// The beginning of a body. Dropping the rest closes the connection.
async fn beginning(mut body: Incoming) -> Result<Bytes, ExchangeError> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ExchangeError::NoReply(with_causes(&error)))?;
        let data = frame.into_data().unwrap_or_default();
        let left = REPLY_BYTES_MAX - read.len();
        read.extend_from_slice(&data[..data.len().min(left)]);
        if data.len() >= left {
            break;
        }
    }
    Ok(read.freeze())
}

fn roots_of_file(file: &Path) -> Result<RootCertStore, TlsClientError> {
    let text = std::fs::read(file).map_err(TlsClientError::Unreadable)?;
    let invalid = |why: String| TlsClientError::Invalid(why);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| invalid(error.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(invalid("it has none".to_owned())),
        false => Ok(roots),
    }
}

fn roots_of_system() -> Result<RootCertStore, TlsClientError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A system may have a certificate that rustls does not take. The others are good.
    roots.add_parsable_certificates(found.certs);
    match roots.is_empty() {
        true => {
            let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            Err(TlsClientError::NoneOfSystem(why.join("; ")))
        }
        false => Ok(roots),
    }
}

#[cfg(test)]
mod tests;
