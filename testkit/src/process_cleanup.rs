//! Stops a temporary server when the process that started it ends, without signal handlers.
//!
//! ```text
//! caller --- starts, waits for ---> pg_ctl ---> postgres
//!   |                                              ^
//!   +-- holds a pipe to --> cleanup shell -- stops it and deletes the folder when the pipe closes
//! ```
//!
//! The kernel closes the pipe whichever way the caller ends: return, panic, Ctrl-C or SIGKILL. A signal handler would miss
//! SIGKILL and would need `unsafe` or another dependency.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for a line (an orderly end) or for the pipe to close. `$1` is `pg_ctl`, `$2` is the folder.
///
/// The script ignores signals because it must outlive the caller. After a kill, `initdb` or a start may still be writing to
/// the folder, so the script first waits a second and then repeats the deletion a bounded number of times. The data is
/// deleted anyway, so the server need not shut down cleanly.
const CLEANUP_SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _ || sleep 1
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    "$1" --pgdata "$2/data" --mode immediate --timeout 10 stop
    rm -rf -- "$2" && exit 0
    sleep 1
done
exit 1
"#;

/// A shell that stops the server once this process closes its pipe. Dropping the value waits until that has happened.
pub(crate) struct ProcessCleanup {
    shell: Child,
}

impl ProcessCleanup {
    /// Starts the cleanup shell for the server whose data is in `folder/data`. `shell` is a command for `sh` that runs as
    /// the server's account.
    ///
    /// # Errors
    /// The shell could not be started.
    pub(crate) fn start(mut shell: Command, pg_ctl: &Path, folder: &Path) -> Result<Self> {
        shell
            .args(["-c", CLEANUP_SCRIPT, "cleanup"])
            .arg(pg_ctl)
            .arg(folder);
        // Its own process group, so that Ctrl-C in the terminal does not reach it. It does not inherit the output either:
        // a reader of this process's output would otherwise wait for the shell as well.
        shell.process_group(0).stdin(Stdio::piped());
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        let shell = shell.spawn().context("starting the cleanup shell")?;
        Ok(Self { shell })
    }
}

impl Drop for ProcessCleanup {
    fn drop(&mut self) {
        // If this write fails, the closed pipe has the same effect, one second later.
        let written = self
            .shell
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(b"\n"));
        let ended = self.shell.wait();
        if !ended.is_ok_and(|status| status.success()) {
            eprintln!(
                "the temporary PostgreSQL may still be running (writing to its cleanup shell: {written:?})"
            );
        }
    }
}
