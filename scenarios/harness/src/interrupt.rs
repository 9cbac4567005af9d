//! Ctrl-C. The first one ends the campaign with the results so far. The second one ends the program.

use std::{
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// The exit code that shells expect of an interrupted program: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Set after the first Ctrl-C.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C was pressed.
pub(crate) fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Starts to listen for Ctrl-C.
///
/// Errors are ignored: without a listener Ctrl-C simply ends the program.
pub(crate) fn listen() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    let Ok(runtime) = runtime else { return };
    let listener = thread::Builder::new().name("interrupt".to_owned());
    let _ = listener.spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            STOP.store(true, Ordering::Relaxed);
            eprintln!("stopping after the current runs; press Ctrl-C again to stop at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                process::exit(INTERRUPTED);
            }
        });
    });
}
