//! Ctrl-C and SIGTERM. The first one ends the campaign with the results so far. The second one ends the program.
//!
//! CI runners and Kubernetes stop a job with SIGTERM, and kill it some seconds later. Everything is written by then.

use std::{
    io,
    ops::ControlFlow,
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

use crate::stopwatch::Stopwatch;

/// Set after the first signal.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C was pressed, or SIGTERM came.
pub(crate) fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Goes on until a signal came, or the time since the start is the budget.
pub(crate) fn within(budget: Option<Duration>, since: Stopwatch) -> ControlFlow<()> {
    let is_used_up = budget.is_some_and(|budget| since.elapsed() >= budget);
    match is_used_up || stopped() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// Starts to listen for both signals.
///
/// Errors are ignored: without a listener a signal simply ends the program.
pub(crate) fn listen() {
    let runtime = Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return };
    // The handlers are there when this function returns, so no signal after it is missed.
    let Ok(mut signals) = Signals::catch(&runtime) else {
        return;
    };
    let listener = thread::Builder::new().name("interrupt".to_owned());
    let _ = listener.spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            STOP.store(true, Ordering::Relaxed);
            eprintln!("stopping after the current runs; press Ctrl-C again to stop at once");
            process::exit(exit_code(signals.next().await));
        });
    });
}

/// The exit code that shells expect of a program that a signal ended: 128 and the number of the signal.
fn exit_code(kind: SignalKind) -> i32 {
    128 + kind.as_raw_value()
}

/// The signals that ask the program to stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Catches the signals. From now on they do not kill the program.
    fn catch(runtime: &Runtime) -> io::Result<Self> {
        let _context = runtime.enter();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        }
    }
}
