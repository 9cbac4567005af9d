//! The options of credentials. No option has a secret as its value: a command line can be read by every user of a machine.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use likewise_saga::security::identity::Peers;

/// Who may call.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Security")]
pub(crate) struct Security {
    /// Who says which user sends a request: header (a gateway sets X-User-ID), or jwt (a signed token in
    /// Authorization: Bearer, whose subject is the user; needs --jwks)
    #[arg(
        long,
        value_name = "header|jwt",
        env = "LIKEWISE_IDENTITY",
        default_value = "header",
        hide_possible_values = true
    )]
    pub(crate) identity: IdentityOption,
    /// Addresses and networks of the gateways that may set X-User-ID, with commas between them, for example
    /// 10.0.0.0/8,127.0.0.1 [default: everybody may]
    #[arg(long, value_name = "NETWORKS", env = "LIKEWISE_TRUSTED_PEERS")]
    pub(crate) trusted_peers: Option<Peers>,
    /// JSON Web Key Set with the public keys of the tokens: RS256 and EdDSA. It is read again when it changes
    #[arg(long, value_name = "FILE", env = "LIKEWISE_JWKS")]
    pub(crate) jwks: Option<PathBuf>,
    /// Who must have issued a token (its iss) [default: anybody who has a key]
    #[arg(
        long,
        value_name = "ISSUER",
        env = "LIKEWISE_JWT_ISSUER",
        requires = "jwks"
    )]
    pub(crate) jwt_issuer: Option<String>,
    /// For whom a token must be (its aud) [default: a token with aud is refused]
    #[arg(
        long,
        value_name = "AUDIENCE",
        env = "LIKEWISE_JWT_AUDIENCE",
        requires = "jwks"
    )]
    pub(crate) jwt_audience: Option<String>,
    /// File with the secrets that services show each other: one on each line, the newest first; lines that begin with # are
    /// comments. The first is sent, each is accepted. It is read again when it changes. Give the same to all services
    /// [default: none, and the internal routes accept everybody]
    #[arg(long, value_name = "FILE", env = "LIKEWISE_SERVICE_SECRET_FILE")]
    pub(crate) service_secret_file: Option<PathBuf>,
}

/// Who says which user sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdentityOption {
    Header,
    Jwt,
}
