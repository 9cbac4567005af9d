//! `cargo xtask postgres`: a throw-away PostgreSQL to try the services on, with one command.

use std::io;

use anyhow::{Context, Result};

use xtask::installation;
use xtask::postgres::TemporaryPostgres;

/// The services that own a database each.
const SERVICES: [&str; 3] = ["article", "user", "coordinator"];

/// Starts the server, prints how to use it, and keeps it until the input ends or a line is entered.
///
/// # Errors
/// PostgreSQL is missing and may not be installed, or the server or one of its databases could not be made.
pub(crate) fn run() -> Result<()> {
    let server = TemporaryPostgres::start(&installation::find_or_install()?)?;
    for service in SERVICES {
        server.create_database(service)?;
    }
    println!("PostgreSQL listens on {}", server.url("postgres"));
    println!(
        "Its data is in {} and goes when it stops.\n",
        server.folder().display()
    );
    println!("{}\n", serve_line(|service| server.url(service)));
    println!("Enter or Ctrl-C stops it.");
    io::stdin()
        .read_line(&mut String::new())
        .context("waiting for Enter")?;
    Ok(())
}

/// The command that serves all services on these databases, ready to paste.
fn serve_line(url: impl Fn(&str) -> String) -> String {
    let options = SERVICES.map(|service| format!(" \\\n  --{service}-db {}", url(service)));
    format!(
        "cargo run --release --package likewise -- serve{}",
        options.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serve_line_names_each_services_own_database() {
        let line = serve_line(|service| format!("postgres://host/{service}"));
        assert_eq!(
            line,
            "cargo run --release --package likewise -- serve \\\n  --article-db postgres://host/article \\\n  \
             --user-db postgres://host/user \\\n  --coordinator-db postgres://host/coordinator"
        );
    }
}
