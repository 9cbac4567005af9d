//! The networks whose hosts may vouch for a user.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// Networks, at least one: `10.0.0.0/8,127.0.0.1,::1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peers(Vec<IpNet>);

/// A text that is no list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address or a network: give for example 10.0.0.0/8,127.0.0.1,::1")]
pub struct NotPeers(String);

impl Peers {
    /// Whether the address is in one of the networks.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Peers {
    type Err = NotPeers;

    fn from_str(text: &str) -> Result<Self, NotPeers> {
        let network = |part: &str| {
            let part = part.trim();
            let one = part
                .parse::<IpAddr>()
                .map(|address| IpNet::from(address.to_canonical()));
            let network = one.or_else(|_| part.parse::<IpNet>());
            let network = network.map_err(|_| NotPeers(part.to_owned()))?;
            // 10.1.2.3/8 is a slip of the pen: it means more hosts than it says.
            match network.trunc() == network {
                true => Ok(network),
                false => Err(NotPeers(part.to_owned())),
            }
        };
        text.split(',')
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&texts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_or_not() {
        let peers: Peers = "10.0.0.0/8, 127.0.0.1,fd00::/8".parse().unwrap();
        for (address, is_in) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("11.0.0.1", false),
            ("fd00::1", true),
            ("::1", false),
        ] {
            assert_eq!(peers.contain(address.parse().unwrap()), is_in, "{address}");
        }
        assert_eq!(peers.to_string(), "10.0.0.0/8,127.0.0.1/32,fd00::/8");
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.1.2.3/8",
            "gateway",
            "10.0.0.0/8,,::1",
            "10.0.0",
        ] {
            assert!(wrong.parse::<Peers>().is_err(), "{wrong}");
        }
    }
}
