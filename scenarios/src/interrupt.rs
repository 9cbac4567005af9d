//! Ctrl-C: the first ends the campaign with what there is so far, the second ends the program.

use std::{
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// What a shell expects of a program that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// Set once somebody has pressed Ctrl-C.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// Whether somebody has pressed Ctrl-C.
pub(crate) fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Listens from now on. Without a listener Ctrl-C just ends the program, so a failure here is not one of the command.
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
            eprintln!("stopping after the runs under way; once more ends at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                process::exit(INTERRUPTED);
            }
        });
    });
}
