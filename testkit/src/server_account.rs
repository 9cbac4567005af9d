//! The account that runs the temporary server. PostgreSQL refuses to run as root, and CI containers run everything as root.

use std::process::Command;

use anyhow::{Context, Result};

/// The accounts to try when this process is root, in order.
const SERVER_USERS: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// A user and its group, by number.
pub(crate) struct ServerAccount {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl ServerAccount {
    /// Finds the account for the server; `None` means the account of this process, which is not root.
    ///
    /// # Errors
    /// This process is root and none of the known accounts exists.
    pub(crate) fn find() -> Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let found = SERVER_USERS.iter().find_map(|name| {
            let (user, group) = (id(&["-u", name])?, id(&["-g", name])?);
            Some(Self { user, group })
        });
        found.map(Some).with_context(|| {
            format!("PostgreSQL refuses to run as root, and none of {SERVER_USERS:?} exists")
        })
    }
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

/// The number that `id` prints; `None` if it does not know the user.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
