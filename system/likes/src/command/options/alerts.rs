//! The options of alerts.

use std::path::PathBuf;

use clap::Args;

/// Where alerts are delivered to.
#[derive(Args)]
#[command(next_help_heading = "Alerts")]
pub(crate) struct Alerts {
    /// URL that alerts about parked sagas are sent to, https://HOST/PATH, or http:// with a loopback address; each
    /// message is a POST in the form of Standard Webhooks [default: none, alerts are only logged and kept]
    // It stays text: clap would repeat an invalid value, which may contain a secret.
    #[arg(
        long,
        value_name = "URL",
        env = "LIKEWISE_ALERT_WEBHOOK",
        hide_env_values = true,
        requires = "alert_secret_file"
    )]
    pub(crate) alert_webhook: Option<String>,
    /// File with the secrets that messages are signed with: one whsec_… on each line, the newest first; lines that
    /// begin with # are comments. It is read at the start
    #[arg(
        long,
        value_name = "FILE",
        env = "LIKEWISE_ALERT_SECRET_FILE",
        requires = "alert_webhook"
    )]
    pub(crate) alert_secret_file: Option<PathBuf>,
    /// PEM file with the certificate authorities that the webhook is checked against [default: those of the
    /// operating system]
    #[arg(
        long,
        value_name = "FILE",
        env = "LIKEWISE_ALERT_CA_FILE",
        requires = "alert_webhook"
    )]
    pub(crate) alert_ca_file: Option<PathBuf>,
}
