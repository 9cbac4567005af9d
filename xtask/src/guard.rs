//! Makes sure that a temporary server goes away, without signal handlers.
//!
//! ```text
//! xtask --- starts, waits for ---> pg_ctl ---> postgres
//!   |                                             ^
//!   +-- holds a pipe to --> guard (sh) -- stops it and deletes the folder when the pipe closes
//! ```
//!
//! The kernel closes the pipe however this program ends, be it by return, panic, Ctrl-C or SIGKILL. A handler for
//! signals would miss the last, and would need `unsafe` or another dependency.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for a line (an orderly end) or for the pipe to close; `$1` is `pg_ctl`, `$2` the folder.
///
/// It ignores signals, since it must outlive whatever ends this program. After a kill, an `initdb` or a start may
/// still be at work in the folder: it is given a second, and the deletion is repeated (for a bounded time) until
/// nothing puts files back. The data goes anyway, so the server need not shut down in an orderly way.
const GUARD_SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _ || sleep 1
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    "$1" --pgdata "$2/data" --mode immediate --timeout 10 stop
    rm -rf -- "$2" && exit 0
    sleep 1
done
exit 1
"#;

/// A shell that cleans up once this program has let go of its pipe. Dropping it waits until that is done.
pub(crate) struct Guard {
    shell: Child,
}

impl Guard {
    /// Guards the server whose data is in `folder/data`; `shell` is a command for `sh` as the server's account.
    ///
    /// # Errors
    /// The shell could not be started.
    pub(crate) fn watch(mut shell: Command, pg_ctl: &Path, folder: &Path) -> Result<Self> {
        shell
            .args(["-c", GUARD_SCRIPT, "guard"])
            .arg(pg_ctl)
            .arg(folder);
        // A group of its own, which the terminal's Ctrl-C does not reach; and no hold on this program's output.
        shell.process_group(0).stdin(Stdio::piped());
        shell.stdout(Stdio::null()).stderr(Stdio::null());
        let shell = shell
            .spawn()
            .context("starting the shell that guards the server")?;
        Ok(Self { shell })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Should this line not arrive, the closed pipe tells the guard the same, only later.
        let told = self
            .shell
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(b"\n"));
        let ended = self.shell.wait();
        if !ended.is_ok_and(|status| status.success()) {
            eprintln!("the temporary PostgreSQL may still be there (told its guard: {told:?})");
        }
    }
}
