//! A TCP proxy whose connections can go silent: they stay open, and nothing passes any more.
//!
//! It behaves like a firewall that forgets its connections, or like a machine that froze: the client gets neither an
//! answer nor an error.
#![allow(
    clippy::disallowed_methods,
    reason = "a test connects to the database's port itself"
)]

use std::{future::pending, net::SocketAddr};

use likewise_saga::env::real;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// The proxy. Dropping it closes all connections.
pub struct SilentProxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    _connections: JoinSet<()>,
}

/// Connections are numbered in the order in which they are accepted.
#[derive(Clone, Copy, Default)]
struct Mode {
    accepted: u64,
    /// Connections up to this number are silent.
    silent_up_to: u64,
}

impl SilentProxy {
    /// Forwards connections to this address.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = real::listen(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let mode = watch::Sender::new(Mode::default());
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, server, mode.clone()));
        Self {
            address,
            mode,
            _connections: connections,
        }
    }

    /// Silences the connections that are open. New ones work.
    pub fn silence_open_connections(&self) {
        self.mode
            .send_modify(|mode| mode.silent_up_to = mode.accepted);
    }

    /// Silences all connections, also new ones.
    pub fn silence_everything(&self) {
        self.mode.send_modify(|mode| mode.silent_up_to = u64::MAX);
    }

    /// The number of connections that were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.mode.borrow().accepted
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, mode: watch::Sender<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.expect("a connection");
        let mut number = 0;
        mode.send_modify(|mode| {
            mode.accepted += 1;
            number = mode.accepted;
        });
        connections.spawn(forward(client, server, number, mode.subscribe()));
    }
}

/// Forwards one connection until one side closes it. A silent connection stays open for ever.
async fn forward(
    mut client: TcpStream,
    server: SocketAddr,
    number: u64,
    mut mode: watch::Receiver<Mode>,
) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    let is_silent = async {
        mode.wait_for(|mode| mode.silent_up_to >= number)
            .await
            .is_ok()
    };
    tokio::select! {
        biased;
        _ = is_silent => pending::<()>().await,
        // The end of a connection says nothing more.
        _ = copy_bidirectional(&mut client, &mut server) => {}
    }
}
