//! TLS over a real socket. The certificates are in this folder: `ca.pem` signed `server.pem`, which is for localhost and 127.0.0.1.
//! `server-key.pem` is its key, made for this test only.

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use super::{REPLY_BYTES_MAX, TlsClient, TlsClientError};
use crate::env::{ExchangeError, HttpClient, real};

fn file(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/env/tls_client");
    PathBuf::from(folder).join(name)
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server-key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let large = vec![b'x'; 3 * REPLY_BYTES_MAX];
    Ok(Response::new(Full::new(Bytes::from(large))))
}

/// A server that answers every request with a large body.
async fn server() -> SocketAddr {
    let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = acceptor();
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate ends the handshake.
            if let Ok(tls) = acceptor.accept(tcp).await {
                let connection = http1::Builder::new();
                let connection = connection.serve_connection(TokioIo::new(tls), service_fn(answer));
                tokio::spawn(connection);
            }
        }
    });
    address
}

async fn exchange(client: &TlsClient, host: &str, port: u16) -> Result<usize, ExchangeError> {
    let request = Request::post(format!("https://{host}:{port}/hook"));
    let request = request.body(Bytes::from_static(b"{}")).unwrap();
    let response = client.exchange(request).await?;
    assert_eq!(response.status(), 200);
    Ok(response.body().len())
}

#[tokio::test]
async fn r15_a_webhook_is_reached_over_tls_if_its_certificate_is_trusted() {
    let port = server().await.port();
    let trusting = TlsClient::new(true, Some(&file("ca.pem"))).unwrap();
    let read = exchange(&trusting, "localhost", port).await.unwrap();
    assert_eq!(read, REPLY_BYTES_MAX, "the rest is not read");
    let other_name = exchange(&trusting, "127.0.0.2", port).await;
    assert!(other_name.is_err(), "{other_name:?}");
    let without = TlsClient::new(false, None).unwrap();
    let untrusted = exchange(&without, "localhost", port).await.unwrap_err();
    assert!(untrusted.to_string().contains("certificate"), "{untrusted}");
}

#[test]
fn r15_a_file_without_certificates_is_refused() {
    let of_text = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        TlsClient::new(true, Some(file.path())).err().unwrap()
    };
    for text in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = of_text(text);
        assert!(
            matches!(error, TlsClientError::Invalid(_)),
            "{text}: {error}"
        );
    }
    let missing = TlsClient::new(true, Some(&file("missing.pem")))
        .err()
        .unwrap();
    assert!(
        matches!(missing, TlsClientError::Unreadable(_)),
        "{missing}"
    );
}
