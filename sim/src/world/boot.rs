//! One life of a process: its sockets and whether it is still alive.
//!
//! A process that is killed closes its sockets in the order in which it opened them, here. Left
//! to the runtime, tasks would be dropped in an order that depends on a counter of the whole
//! process, and the same plan would give different traces.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
};
use turmoil::net::TcpStream;

use crate::plan::Host;

/// One life of a process.
pub struct Boot {
    /// On which machine.
    pub host: Host,
    /// The how manieth, from 1.
    pub number: u32,
    dead: AtomicBool,
    killed: Notify,
    sockets: Mutex<Vec<Weak<Socket>>>,
}

impl Boot {
    /// A process that starts.
    #[must_use]
    pub fn new(host: Host, number: u32) -> Arc<Self> {
        Arc::new(Self {
            host,
            number,
            dead: AtomicBool::new(false),
            killed: Notify::new(),
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

    /// Asks the process, from outside, to kill itself when it runs next.
    pub fn kill(&self) {
        self.killed.notify_one();
    }

    /// Waits for [`Boot::kill`], and dies. Never ends.
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
    pub fn own(&self, stream: TcpStream) -> SimStream {
        let socket = Arc::new(Socket(Mutex::new(Some(stream))));
        let mut sockets = lock(&self.sockets);
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Arc::downgrade(&socket));
        SimStream(socket)
    }
}

struct Socket(Mutex<Option<TcpStream>>);

/// A TCP stream of a process; silent once the process is dead.
pub struct SimStream(Arc<Socket>);

impl SimStream {
    fn poll<T>(&self, work: impl FnOnce(Pin<&mut TcpStream>) -> Poll<T>) -> Poll<T> {
        match lock(&self.0.0).as_mut() {
            Some(stream) => work(Pin::new(stream)),
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
        self.poll(|stream| stream.poll_read(cx, to))
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.poll(|stream| stream.poll_write(cx, from))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll(|stream| stream.poll_shutdown(cx))
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
