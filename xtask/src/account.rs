//! Whom the temporary server runs as: PostgreSQL refuses to be root, and in CI's containers everything is root.

use std::process::Command;

use anyhow::{Context, Result};

/// Who may run the server when this program is root, the first that exists.
const SERVER_USERS: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// A user and its group, by number.
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Account {
    /// `None` if this program's own account will do, that is, if it is not root.
    ///
    /// # Errors
    /// It is root, and the machine has no other account that could run the server.
    pub(crate) fn for_server() -> Result<Option<Self>> {
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

/// Whether this program may do everything on the machine.
pub(crate) fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

/// What `id` answers, or `None` if it knows no such user.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
