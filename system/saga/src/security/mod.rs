//! Who may call: the secret that services show each other, and the address that a request came from.
//!
//! ```text
//!  secret file ──► SecretSource (in the environment) ──┬──► the coordinator's clients send the newest
//!                                                      └──► the internal routes accept each of them
//! ```
//!
//! A coordinator whose secret is refused has learnt nothing about its step: it sends it again, as after any lost reply.
//!
//! Files: `identity/` (who the user is), `secrets.rs` (the secret file), `service_door.rs` (the check in front of internal routes), `attempts.rs` (how often a
//! peer may try), `peer.rs` (where a request came from), `watched_files.rs` (files that are read again).

mod attempts;
pub mod identity;
mod peer;
mod secrets;
mod service_door;
mod watched_files;

pub use peer::Peer;
pub use secrets::{
    NoSecret, ReplaceableSecrets, SECRET_CHARS_MAX, SECRET_CHARS_MIN, SECRETS_MAX, SecretLineError,
    SecretSource, Secrets, SecretsError,
};
pub(crate) use service_door::ServiceDoor;
pub use service_door::{SERVICE_SECRET, show};
pub use watched_files::{CREDENTIAL_FILES, REREAD_INTERVAL, WatchedFiles};
