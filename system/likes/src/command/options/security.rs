//! The options of credentials. No option has a secret as its value: a command line can be read by every user of a machine.

use std::path::PathBuf;

use clap::Args;

/// Who may call.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Security")]
pub(crate) struct Security {
    /// File with the secrets that services show each other: one on each line, the newest first; lines that begin with # are
    /// comments. The first is sent, each is accepted. It is read again when it changes. Give the same to all services
    /// [default: none, and the internal routes accept everybody]
    #[arg(long, value_name = "FILE", env = "LIKEWISE_SERVICE_SECRET_FILE")]
    pub(crate) service_secret_file: Option<PathBuf>,
}
