//! Where alerts are delivered to: the secrets and the certificates are read before anything else is touched.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use likewise::bounds::ALERT_FILES;
use likewise_saga::{
    alerts::{AlertsConfig, SecretFileError, WebhookSecrets, WebhookUrl},
    env::{Env, TlsClient},
};

use super::{Failure, on_disk::on_disk, options::Alerts};

/// The largest secret file, in bytes.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where alerts are delivered to, and the files that are needed for it.
#[derive(Debug)]
pub(crate) struct AlertOptions {
    webhook: WebhookUrl,
    pub(super) secret_file: PathBuf,
    pub(super) ca_file: Option<PathBuf>,
}

impl AlertOptions {
    /// Checks the options, which require each other. `None` without a webhook.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: the address is not one that alerts may be sent to.
    pub(super) fn of(options: Alerts) -> Result<Option<Self>, Failure> {
        let (Some(webhook), Some(secret_file)) = (options.alert_webhook, options.alert_secret_file)
        else {
            return Ok(None);
        };
        let refused = |error| Failure::Configuration(format!("--alert-webhook: {error}"));
        Ok(Some(Self {
            webhook: webhook.parse().map_err(refused)?,
            secret_file,
            ca_file: options.alert_ca_file,
        }))
    }

    /// The host of the webhook, and its port. The path may contain a secret.
    pub(super) fn host(&self) -> (String, u16) {
        let uri = self.webhook.uri();
        let default = if self.webhook.is_https() { 443 } else { 80 };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        (host.to_owned(), uri.port_u16().unwrap_or(default))
    }

    /// Reads the files, and makes the client.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: what is wrong with a file.
    pub(super) async fn open(self, env: &Env) -> Result<AlertsConfig, Failure> {
        let place = format!("--alert-secret-file {}", self.secret_file.display());
        let read = move || {
            let secrets = secrets(&self.secret_file)?;
            let client = client(&self.webhook, self.ca_file.as_deref())?;
            Ok(AlertsConfig {
                webhook: self.webhook,
                secrets,
                http_client: Some(Arc::new(client)),
            })
        };
        on_disk(ALERT_FILES, &*env.store, place, read).await
    }
}

fn secrets(file: &Path) -> Result<WebhookSecrets, Failure> {
    let place = file.display();
    let refused = |why: String| {
        Failure::Configuration(format!(
            "--alert-secret-file {place}: {why}\nMake a secret with: echo whsec_$(head -c 32 /dev/urandom | base64) > FILE"
        ))
    };
    let text = read(file).map_err(|error| refused(error.to_string()))?;
    let secrets = text.parse();
    secrets.map_err(|error: SecretFileError| refused(error.to_string()))
}

/// The text of the file. A larger one is not a secret file.
fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let opened = File::open(file)?;
    opened
        .take(SECRET_FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > SECRET_FILE_BYTES_MAX {
        true => Err(io::Error::other("it is larger than 64 KiB")),
        false => Ok(text),
    }
}

fn client(webhook: &WebhookUrl, ca_file: Option<&Path>) -> Result<TlsClient, Failure> {
    TlsClient::new(webhook.is_https(), ca_file).map_err(|error| {
        Failure::Configuration(match ca_file {
            Some(file) => format!("--alert-ca-file {}: {error}", file.display()),
            None => format!(
                "--alert-webhook: {error}\nInstall the system's certificates (ca-certificates), or give --alert-ca-file."
            ),
        })
    })
}
