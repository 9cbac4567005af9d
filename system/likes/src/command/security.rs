//! The credentials of a process: read before anything else is touched, and read again when they change.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    str::{self, FromStr},
    sync::Arc,
};

use likewise::{
    bounds::SECURITY_FILES,
    http::{X_USER_ID, is_user_id},
};
use likewise_saga::{
    env::Env,
    security::{
        ReplaceableSecrets, Secrets, WatchedFiles,
        identity::{Identity, IdentityLayer, Jwks, Jwt, JwtRules, TrustedHeader},
    },
};
use tokio::task::JoinSet;

use super::{
    Failure,
    on_disk::on_disk,
    options::{IdentityOption, Security},
};

/// The credentials of a process.
pub(super) struct Credentials {
    /// Who sends a request.
    pub(super) identity: IdentityLayer,
    /// Whether the public listener has the routes for operators, for everybody: nothing is secured, and only this machine can
    /// reach it.
    pub(super) is_open: bool,
    /// They read the files again. Dropping them ends them.
    _tasks: JoinSet<()>,
}

impl Security {
    /// Checks that the options fit each other.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: which do not, and what to give instead.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let refused = |why: &str| Err(Failure::Configuration(why.to_owned()));
        match (self.identity, &self.jwks, &self.trusted_peers) {
            (IdentityOption::Jwt, None, _) => refused(
                "--identity jwt needs --jwks FILE: the public keys that tokens are signed with",
            ),
            (IdentityOption::Header, Some(_), _) => refused(
                "--jwks is only for --identity jwt: give that, too, or X-User-ID would be believed without a token",
            ),
            (IdentityOption::Jwt, _, Some(_)) => refused(
                "--trusted-peers is only for --identity header: with --identity jwt nobody is believed without a token",
            ),
            _ => Ok(()),
        }
    }

    /// Whether anything is secured.
    fn is_secured(&self) -> bool {
        self.identity == IdentityOption::Jwt
            || self.trusted_peers.is_some()
            || self.service_secret_file.is_some()
    }

    /// Says what is open to everybody.
    fn warn(&self, has_internal_routes: bool) {
        if self.identity == IdentityOption::Header && self.trusted_peers.is_none() {
            tracing::warn!(
                "everybody who reaches the listener may set X-User-ID; give --trusted-peers, or --identity jwt"
            );
        }
        if has_internal_routes && self.service_secret_file.is_none() {
            tracing::warn!(
                "everybody who reaches the listener may send steps; give --service-secret-file to all services"
            );
        }
        if self.identity == IdentityOption::Jwt && self.jwt_issuer.is_none() {
            tracing::warn!("a token of any issuer that has a key is accepted; give --jwt-issuer");
        }
    }
}

/// Reads the credentials into the environment.
///
/// # Errors
/// [`Failure::Configuration`]: the option whose file is refused, and why. No word of the file is repeated.
pub(super) async fn open(
    options: Security,
    (listen, has_internal_routes, has_operators): (IpAddr, bool, bool),
    env: &mut Env,
) -> Result<Credentials, Failure> {
    let is_local = listen.to_canonical().is_loopback();
    if !is_local {
        options.warn(has_internal_routes);
    }
    let is_open = is_local && !has_operators && !options.is_secured();
    let mut tasks = JoinSet::new();
    if let Some(file) = options.service_secret_file {
        let (files, secrets) = read("--service-secret-file", file, env, parse::<Secrets>).await?;
        let source = Arc::new(ReplaceableSecrets::new(secrets));
        env.service_secrets = Arc::clone(&source) as _;
        let apply = move |contents: &[Vec<u8>]| {
            source.replace(parse(contents)?);
            Ok(())
        };
        tasks.spawn(files.follow(Arc::clone(&env.store), "the service secrets", apply));
    }
    let identity: Arc<dyn Identity> = match options.jwks {
        None => Arc::new(TrustedHeader(options.trusted_peers)),
        Some(file) => {
            let (files, keys) = read("--jwks", file, env, parse::<Jwks>).await?;
            let rules = JwtRules {
                issuer: options.jwt_issuer,
                audience: options.jwt_audience,
                is_user: is_user_id,
            };
            let jwt = Arc::new(Jwt::new(keys, rules, Arc::clone(&env.clock)));
            let replaced = Arc::clone(&jwt);
            let apply = move |contents: &[Vec<u8>]| {
                replaced.replace(parse(contents)?);
                Ok(())
            };
            tasks.spawn(files.follow(Arc::clone(&env.store), "the keys of tokens", apply));
            jwt
        }
    };
    Ok(Credentials {
        identity: IdentityLayer::new(identity, X_USER_ID, env),
        is_open,
        _tasks: tasks,
    })
}

/// Reads the text of one file.
fn parse<T: FromStr<Err: ToString>>(contents: &[Vec<u8>]) -> Result<T, String> {
    let text = contents.first().map(Vec::as_slice).unwrap_or_default();
    let text = str::from_utf8(text).map_err(|_| "it is not text".to_owned())?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Reads the file of an option, and makes of it what the option is for.
async fn read<T: Send + 'static>(
    option: &'static str,
    file: PathBuf,
    env: &Env,
    make: impl FnOnce(&[Vec<u8>]) -> Result<T, String> + Send + 'static,
) -> Result<(WatchedFiles, T), Failure> {
    let refused = move |file: &Path, why: String| {
        Failure::Configuration(format!("{option} {}: {why}", file.display()))
    };
    let place = format!("{option} {}", file.display());
    on_disk(SECURITY_FILES, &*env.store, place, move || {
        let files = WatchedFiles::read([file.clone()]);
        let files = files.map_err(|(file, error)| refused(&file, error.to_string()))?;
        let made = make(files.contents()).map_err(|why| refused(&file, why))?;
        Ok((files, made))
    })
    .await
}
