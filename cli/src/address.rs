//! Addresses: `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`, `:8080`, or a port alone.
//!
//! Other names of hosts are not looked up: that would be a wait on something outside, before anything has started.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What to write instead of an invalid address.
const FORMS: &str = "write an address and a port, such as 127.0.0.1:8080, localhost:8080 or :8080";

/// Reads an address to listen on. `:8080` is the port on all addresses of the machine, as usual; a port alone is on this
/// machine only.
///
/// # Errors
/// The text is not an address with a port. The message names the forms.
pub fn address_to_listen(text: &str) -> Result<SocketAddr, String> {
    address(text, Ipv4Addr::UNSPECIFIED)
}

/// Reads the address of a process to connect to. `:8080` is the port on this machine.
///
/// # Errors
/// The text is not an address with a port. The message names the forms.
pub fn address_to_connect(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("http://").unwrap_or(text);
    address(text.trim_end_matches('/'), Ipv4Addr::LOCALHOST)
}

/// The base URL of a service as text, `http://HOST:PORT`. An address without `http://` gets it.
#[must_use]
pub fn base_url(text: &str) -> String {
    match (text.contains("://"), address_to_connect(text)) {
        // The name stays a name: it is looked up at each connection.
        (false, Ok(address)) if text.starts_with(':') || is_port(text) => {
            format!("http://{address}")
        }
        (false, _) => format!("http://{text}"),
        (true, _) => text.to_owned(),
    }
}

fn address(text: &str, without_host: Ipv4Addr) -> Result<SocketAddr, String> {
    if is_port(text) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port(text)?)));
    }
    let Some((host, port_text)) = text.rsplit_once(':') else {
        return Err(FORMS.to_owned());
    };
    let host: IpAddr = match host {
        "" | "*" => without_host.into(),
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        _ => return text.parse().map_err(|_| FORMS.to_owned()),
    };
    Ok(SocketAddr::new(host, port(port_text)?))
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn port(text: &str) -> Result<u16, String> {
    let is_number = is_port(text);
    match (is_number, text.parse()) {
        (true, Ok(port)) => Ok(port),
        (true, Err(_)) => Err("a port is a number from 0 to 65535".to_owned()),
        (false, _) => Err(FORMS.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_listen_on_has_every_usual_form() {
        for (text, expected) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            (":8080", "0.0.0.0:8080"),
            ("*:8080", "0.0.0.0:8080"),
            ("8080", "127.0.0.1:8080"),
            (":0", "0.0.0.0:0"),
        ] {
            let expected: SocketAddr = expected.parse().unwrap();
            assert_eq!(address_to_listen(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_port_to_connect_to_is_on_this_machine() {
        let here: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        for text in [
            ":8080",
            "8080",
            "localhost:8080",
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
        ] {
            assert_eq!(address_to_connect(text), Ok(here), "{text}");
        }
    }

    #[test]
    fn a_base_url_may_leave_out_http_and_the_host() {
        for (text, url) in [
            ("http://article:8081", "http://article:8081"),
            ("article:8081", "http://article:8081"),
            ("localhost:8081", "http://localhost:8081"),
            (":8081", "http://127.0.0.1:8081"),
            ("8081", "http://127.0.0.1:8081"),
            ("https://a", "https://a"),
        ] {
            assert_eq!(base_url(text), url);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_forms() {
        for wrong in [
            "",
            "localhost",
            "somewhere:80",
            "::1:80x",
            "1.2.3:80",
            ":",
            ":http",
        ] {
            let reason = address_to_listen(wrong).unwrap_err();
            assert!(reason.contains("localhost:8080"), "{wrong}: {reason}");
        }
        let reason = address_to_listen(":70000").unwrap_err();
        assert!(reason.contains("65535"), "{reason}");
    }
}
