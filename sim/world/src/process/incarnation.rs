//! One incarnation of a process, from its start to its end: its sockets, and whether it is paused or dead.
//!
//! A paused process stops at its borders: its sockets, its storage and its requests wait until it resumes.
//!
//! A process that is killed closes its sockets here, in the order in which it opened them. If the runtime closed them, it
//! would drop the tasks in an order that depends on a counter of the whole test process: task ids, modulo the shards of
//! tokio's task list. The FINs would go out in that order, each would draw a latency, and one plan would give different
//! traces.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, OwnedSemaphorePermit},
};
use turmoil::net::TcpStream;

use crate::plan::Host;

/// One incarnation of a process.
///
/// The word "process" means a service from start to end. All processes of a run share one thread, so killing one
/// means that its tasks no longer do anything.
pub struct Incarnation {
    /// The host that it runs on.
    pub host: Host,
    /// Its number on that host, from 1.
    pub number: u32,
    dead: AtomicBool,
    killed: Notify,
    stop: Notify,
    pause: Mutex<Pause>,
    sockets: Mutex<Vec<Weak<Socket>>>,
}

/// Whether a process is paused, and the tasks that wait for it to resume.
#[derive(Default)]
struct Pause {
    on: bool,
    waiting: Vec<Waker>,
}

impl Incarnation {
    /// A process that starts.
    #[must_use]
    pub fn new(host: Host, number: u32) -> Arc<Self> {
        Arc::new(Self {
            host,
            number,
            dead: AtomicBool::new(false),
            killed: Notify::new(),
            stop: Notify::new(),
            pause: Mutex::default(),
            sockets: Mutex::new(Vec::new()),
        })
    }

    /// Whether the process is dead. A dead process must have no further effect.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Kills the process at once. Call it from one of its own tasks: only they can close its sockets.
    pub fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
        for socket in lock(&self.sockets).drain(..) {
            if let Some(socket) = socket.upgrade() {
                drop(lock(&socket.0).take());
            }
        }
    }

    /// Stops the process as a power cut does: its sockets stay open and silent. The caller must partition the host before
    /// the process is dropped, or the FINs of its sockets reach their peers.
    pub fn lose_power(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    /// Asks the process to finish its open requests and stop.
    pub fn ask_to_stop(&self) {
        self.stop.notify_one();
    }

    /// Waits for [`Incarnation::ask_to_stop`].
    pub async fn until_asked_to_stop(&self) {
        self.stop.notified().await;
    }

    /// Pauses the process.
    pub fn pause(&self) {
        lock(&self.pause).on = true;
    }

    /// Resumes the process.
    pub fn resume(&self) {
        let waiting = {
            let mut pause = lock(&self.pause);
            pause.on = false;
            std::mem::take(&mut pause.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether the process is paused.
    pub fn is_paused(&self) -> bool {
        lock(&self.pause).on
    }

    /// Waits while the process is paused. Never returns if the process is dead.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn awake(&self) {
        std::future::poll_fn(|cx| self.poll_awake(cx)).await;
        if self.is_dead() {
            self.freeze().await;
        }
    }

    /// Ready unless the process is paused.
    pub fn poll_awake(&self, cx: &Context<'_>) -> Poll<()> {
        let mut pause = lock(&self.pause);
        if !pause.on {
            return Poll::Ready(());
        }
        if !pause
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            pause.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Asks the process, from outside of its tasks, to kill itself when it runs next.
    pub fn kill(&self) {
        self.killed.notify_one();
    }

    /// Waits for [`Incarnation::kill`] and dies. Never returns.
    ///
    /// Select on it first (`biased`), so that nothing else of the process runs in the step in which it is killed.
    pub async fn until_killed(&self) {
        self.killed.notified().await;
        self.die();
        self.freeze().await;
    }

    /// Never returns: a dead process does nothing.
    pub async fn freeze(&self) {
        std::future::pending::<()>().await;
    }

    /// Makes a socket the process's own: it is paused with it, and closed when it dies.
    pub fn own(self: &Arc<Self>, stream: TcpStream) -> SimStream {
        let socket = Arc::new(Socket(Mutex::new(Some(stream))));
        let mut sockets = lock(&self.sockets);
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Arc::downgrade(&socket));
        SimStream {
            socket,
            incarnation: Arc::clone(self),
            _permit: None,
        }
    }
}

struct Socket(Mutex<Option<TcpStream>>);

/// A TCP stream of a process. It is silent while the process is paused, and once it is dead.
pub struct SimStream {
    socket: Arc<Socket>,
    incarnation: Arc<Incarnation>,
    /// Of a listener that waits while too many connections are open.
    _permit: Option<OwnedSemaphorePermit>,
}

impl SimStream {
    /// The same stream, which returns a permit when it is closed.
    #[must_use]
    pub fn with_permit(mut self, permit: Option<OwnedSemaphorePermit>) -> Self {
        self._permit = permit;
        self
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        work: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if self.incarnation.is_dead() || self.incarnation.poll_awake(cx).is_pending() {
            return Poll::Pending;
        }
        match lock(&self.socket.0).as_mut() {
            Some(stream) => work(Pin::new(stream), cx),
            None => Poll::Pending,
        }
    }
}

impl AsyncRead for SimStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_read(cx, to))
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.poll(cx, |stream, cx| stream.poll_write(cx, from))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll(cx, |stream, cx| stream.poll_shutdown(cx))
    }
}

impl Connection for SimStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
