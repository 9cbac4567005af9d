//! This machine: the files and who may read them, the ports, and the limit on open files.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use likewise::bounds::FILE_OF_DOCTOR;
use likewise_saga::env::{Env, real};
use rustix::process::{Resource, getrlimit};

use super::{
    super::{Failure, on_disk::on_disk, process_config::ProcessConfig},
    finding::Finding,
};

/// The open files that connections of clients, a full pool to each database and requests to services need.
const FILES_MIN: u64 = 4_096;
/// The bits of a mode that let the group or others read or write.
const OTHERS: u32 = 0o066;

pub(super) async fn look(config: &ProcessConfig, env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (item, option, path, is_secret) in files(config) {
        findings.push(file(item, option, path, is_secret, env).await);
    }
    findings.push(port("port", "--listen", config.listen).await);
    if let Some(admin) = &config.admin {
        findings.push(port("admin port", "--admin-listen", admin.listen).await);
    }
    findings.push(open_files(getrlimit(Resource::Nofile).maximum));
    findings
}

/// The files that the configuration names, and whether they contain secrets.
fn files(config: &ProcessConfig) -> Vec<(&'static str, &'static str, PathBuf, bool)> {
    let mut files = Vec::new();
    if let Some(admin) = &config.admin {
        files.push((
            "admin tokens",
            "--admin-token-file",
            admin.token_file.clone(),
            true,
        ));
    }
    if let Some(key) = &config.ticket_key_file {
        files.push(("ticket key", "--ticket-key-file", key.clone(), true));
    }
    if let Some(alerts) = &config.alerts {
        files.push((
            "alert secrets",
            "--alert-secret-file",
            alerts.secret_file.clone(),
            true,
        ));
        if let Some(authorities) = &alerts.ca_file {
            files.push((
                "alert authorities",
                "--alert-ca-file",
                authorities.clone(),
                false,
            ));
        }
    }
    files
}

async fn file(item: &str, option: &str, path: PathBuf, is_secret: bool, env: &Env) -> Finding {
    let place = path.display().to_string();
    let name = place.clone();
    let read = move || Ok::<_, Failure>(mode(&path));
    let found = on_disk(FILE_OF_DOCTOR, &*env.store, place, read).await;
    let advice = format!("Check {option}, and that the user of the process may read the file.");
    match found {
        Err(failure) => Finding::wrong(item, failure.to_string().replace('\n', " "), advice),
        Ok(Err(error)) => Finding::wrong(item, format!("{name}: {error}"), advice),
        Ok(Ok(mode)) if is_secret && mode & OTHERS != 0 => Finding::warning(
            item,
            format!(
                "{name}: other users may read or change it (mode {:o})",
                mode & 0o777
            ),
            format!("Run: chmod 600 {name}"),
        ),
        Ok(Ok(_)) => Finding::ok(item, format!("{name} can be read")),
    }
}

/// The mode of a file that can be opened.
fn mode(path: &Path) -> io::Result<u32> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::File::open(path)?;
    Ok(metadata.permissions().mode())
}

async fn port(item: &str, option: &str, address: SocketAddr) -> Finding {
    match real::listen(address).await {
        Ok(_) => Finding::ok(item, format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Finding::warning(
            item,
            format!("{address} is in use"),
            format!(
                "If it is not this service that runs already, choose another address with {option}."
            ),
        ),
        Err(error) => Finding::wrong(
            item,
            format!("{address}: {error}"),
            format!("Choose another address with {option}."),
        ),
    }
}

fn open_files(maximum: Option<u64>) -> Finding {
    let item = "open files";
    match maximum {
        Some(maximum) if maximum < FILES_MIN => Finding::warning(
            item,
            format!(
                "this process may open {maximum} files, and accepts fewer connections therefore"
            ),
            format!("Raise the hard limit to {FILES_MIN} or more (systemd: LimitNOFILE=)."),
        ),
        Some(maximum) => Finding::ok(item, format!("this process may open {maximum}")),
        None => Finding::ok(item, "this process may open any number"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::State, *};

    #[test]
    fn a_low_limit_on_open_files_is_told() {
        assert_eq!(open_files(Some(1_024)).state, State::Warning);
        assert_eq!(open_files(Some(4_096)).state, State::Ok);
        assert_eq!(open_files(None).state, State::Ok);
    }
}
