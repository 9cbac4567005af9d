//! Where alerts are delivered to.

use std::{fmt, sync::Arc};

use super::{signature::WebhookSecrets, webhook_url::WebhookUrl};
use crate::env::HttpClient;

/// Where alerts are delivered to.
#[derive(Clone)]
pub struct AlertsConfig {
    /// The address that messages are sent to.
    pub webhook: WebhookUrl,
    /// What they are signed with.
    pub secrets: WebhookSecrets,
    /// What sends them. `None`: the client of the environment, which speaks no TLS.
    pub http_client: Option<Arc<dyn HttpClient>>,
}

impl fmt::Debug for AlertsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertsConfig")
            .field("webhook", &self.webhook)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
