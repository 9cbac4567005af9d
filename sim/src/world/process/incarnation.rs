//! One life of a process: its sockets, whether it is still alive, and whether it stands still.
//!
//! A paused process meets the world again only when it goes on: its sockets, its storage and its
//! requests wait. A process that is killed closes its sockets in the order in which it opened them, here. Left
//! to the runtime, tasks would be dropped in an order that depends on a counter of the whole
//! process, and the same plan would give different traces.

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
    sync::Notify,
};
use turmoil::net::TcpStream;

use crate::world::plan::Host;

/// One life of a process.
pub struct Incarnation {
    /// On which machine.
    pub host: Host,
    /// The how manieth, from 1.
    pub number: u32,
    dead: AtomicBool,
    killed: Notify,
    stop: Notify,
    pause: Mutex<Pause>,
    sockets: Mutex<Vec<Weak<Socket>>>,
}

/// Whether a process stands still, and who waits until it goes on.
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

    /// Whether the process was killed: then it must have no further effect.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Kills the process. Must be called from one of its own tasks: only they can close sockets.
    pub fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
        for socket in lock(&self.sockets).drain(..) {
            if let Some(socket) = socket.upgrade() {
                drop(lock(&socket.0).take());
            }
        }
    }

    /// Lets the process stop dead, as without power: its sockets stay open and silent. Whoever calls
    /// it must cut the machine's links before the process is dropped.
    pub fn lose_power(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    /// Asks the process to stop in an orderly way.
    pub fn ask_to_stop(&self) {
        self.stop.notify_one();
    }

    /// Waits for [`Incarnation::ask_to_stop`].
    pub async fn until_asked_to_stop(&self) {
        self.stop.notified().await;
    }

    /// Lets the process stand still.
    pub fn pause(&self) {
        lock(&self.pause).on = true;
    }

    /// Lets the process go on.
    pub fn resume(&self) {
        let waiting = {
            let mut pause = lock(&self.pause);
            pause.on = false;
            std::mem::take(&mut pause.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether the process stands still.
    pub fn is_paused(&self) -> bool {
        lock(&self.pause).on
    }

    /// Waits while the process stands still; for ever, if it is dead.
    pub async fn awake(&self) {
        std::future::poll_fn(|cx| self.poll_awake(cx)).await;
        if self.is_dead() {
            self.freeze().await;
        }
    }

    /// Ready unless the process stands still.
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

    /// Asks the process, from outside, to kill itself when it runs next.
    pub fn kill(&self) {
        self.killed.notify_one();
    }

    /// Waits for [`Incarnation::kill`], and dies. Never ends.
    pub async fn until_killed(&self) {
        self.killed.notified().await;
        self.die();
        self.freeze().await;
    }

    /// What a dead process does.
    pub async fn freeze(&self) {
        std::future::pending::<()>().await;
    }

    /// Takes a socket into the process's care.
    pub fn own(self: &Arc<Self>, stream: TcpStream) -> SimStream {
        let socket = Arc::new(Socket(Mutex::new(Some(stream))));
        let mut sockets = lock(&self.sockets);
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Arc::downgrade(&socket));
        SimStream {
            socket,
            incarnation: Arc::clone(self),
        }
    }
}

struct Socket(Mutex<Option<TcpStream>>);

/// A TCP stream of a process; silent while the process stands still, and once it is dead.
pub struct SimStream {
    socket: Arc<Socket>,
    incarnation: Arc<Incarnation>,
}

impl SimStream {
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
