//! The credentials of a process: read before anything else is touched, and read again when they change.

use std::{path::PathBuf, str, sync::Arc};

use likewise::bounds::SECURITY_FILES;
use likewise_saga::{
    env::Env,
    security::{ReplaceableSecrets, Secrets, WatchedFiles},
};
use tokio::task::JoinSet;

use super::{Failure, on_disk::on_disk, options::Security};

/// The tasks that read credentials again. Dropping them ends them.
pub(super) struct CredentialTasks(#[expect(dead_code, reason = "held until the end")] JoinSet<()>);

/// Reads the credentials into the environment.
///
/// # Errors
/// [`Failure::Configuration`]: the option whose file is refused, and why. No word of the file is repeated.
pub(super) async fn open(options: Security, env: &mut Env) -> Result<CredentialTasks, Failure> {
    let mut tasks = JoinSet::new();
    if let Some(file) = options.service_secret_file {
        const OPTION: &str = "--service-secret-file";
        let (files, secrets) = read(OPTION, vec![file], env, |contents| secrets(contents)).await?;
        let source = Arc::new(ReplaceableSecrets::new(secrets));
        env.service_secrets = Arc::clone(&source) as _;
        let apply = move |contents: &[Vec<u8>]| secrets_into(&source, contents);
        tasks.spawn(files.follow(Arc::clone(&env.store), "the service secrets", apply));
    }
    Ok(CredentialTasks(tasks))
}

fn secrets(contents: &[Vec<u8>]) -> Result<Secrets, String> {
    let text = str::from_utf8(&contents[0]).map_err(|_| "it is not text".to_owned())?;
    let secrets = text.parse();
    secrets.map_err(|error: likewise_saga::security::SecretsError| error.to_string())
}

fn secrets_into(source: &ReplaceableSecrets, contents: &[Vec<u8>]) -> Result<(), String> {
    source.replace(secrets(contents)?);
    Ok(())
}

/// Reads the files of an option, and makes of them what the option is for.
async fn read<T: Send + 'static>(
    option: &'static str,
    files: Vec<PathBuf>,
    env: &Env,
    make: impl FnOnce(&[Vec<u8>]) -> Result<T, String> + Send + 'static,
) -> Result<(WatchedFiles, T), Failure> {
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let place = format!("{option} {}", names.join(" "));
    let refused = format!("{option} {}", names[0]);
    on_disk(SECURITY_FILES, &*env.store, place, move || {
        let refused = |why: String| Failure::Configuration(format!("{refused}: {why}"));
        let files = WatchedFiles::read(files).map_err(|(file, error)| {
            Failure::Configuration(format!("{option} {}: {error}", file.display()))
        })?;
        let made = make(files.contents()).map_err(refused)?;
        Ok((files, made))
    })
    .await
}
