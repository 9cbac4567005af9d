//! The key that tickets for events are signed with: from a file, or made at the start.

use std::{
    fmt::Display,
    fs,
    path::{Path, PathBuf},
};

use likewise::{bounds::TICKET_KEY_FILE, coordinator::TicketKey};
use likewise_saga::env::Env;

use super::{Failure, on_disk::on_disk};

/// The key in the file, without the white space around it. Without a file, a random key: tickets are then good until the end of
/// the process, and at this process only.
///
/// # Errors
/// [`Failure::Configuration`]: the file cannot be read, or has too few bytes.
pub(super) async fn ticket_key(file: Option<PathBuf>, env: &Env) -> Result<TicketKey, Failure> {
    let Some(file) = file else {
        let mut random = [0; 32];
        env.entropy.fill(&mut random);
        return TicketKey::new(&random).map_err(|error| Failure::Internal(error.to_string()));
    };
    let place = file.display().to_string();
    on_disk(TICKET_KEY_FILE, &*env.store, place, move || read(&file)).await
}

fn read(file: &Path) -> Result<TicketKey, Failure> {
    let failed = |reason: &dyn Display| {
        Failure::Configuration(format!(
            "--ticket-key-file {}: {reason}\nMake one with: head -c 32 /dev/urandom | base64 > FILE",
            file.display()
        ))
    };
    let bytes = fs::read(file).map_err(|error| failed(&error))?;
    TicketKey::new(bytes.trim_ascii()).map_err(|error| failed(&error))
}
