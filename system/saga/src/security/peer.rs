//! Where a request came from.

use std::{
    any::Any,
    net::{IpAddr, SocketAddr},
};

/// The address at the other end of a connection, as an extension of each of its requests.
///
/// It is the address of a gateway, if one stands in between. Headers such as `X-Forwarded-For` do not change it: anybody can
/// send them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The peer of a connection that a listener accepted. `None` if its addresses are of another kind.
    pub(crate) fn of_address(address: &dyn Any) -> Option<Self> {
        let address = address.downcast_ref::<SocketAddr>()?;
        // An IPv4 client of a listener on `[::]` is the same client.
        Some(Self(address.ip().to_canonical()))
    }
}
