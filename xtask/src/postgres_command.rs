//! `cargo xtask postgres`: a temporary PostgreSQL for trying out the services, with one command.

use std::io;

use anyhow::{Context, Result};
use likewise_testkit::{Installation, TemporaryPostgres};

/// The services, each with its own database.
const SERVICES: [&str; 3] = ["article", "user", "coordinator"];

/// Starts the server, prints how to use it, and keeps it running until a line is entered or the input ends.
///
/// # Errors
/// PostgreSQL is missing and could not be installed, or the server or one of its databases could not be created.
pub(crate) fn run() -> Result<()> {
    let server = TemporaryPostgres::start(&Installation::find_or_install()?)?;
    for service in SERVICES {
        server.create_database(service)?;
    }
    println!("PostgreSQL listens on {}", server.url("postgres"));
    println!(
        "Its data is in {} and is deleted when it stops.\n",
        server.folder().display()
    );
    println!("{}\n", serve_line(|service| server.url(service)));
    println!("Enter or Ctrl-C stops it.");
    io::stdin()
        .read_line(&mut String::new())
        .context("waiting for Enter")?;
    Ok(())
}

/// The command that serves all services on these databases, for pasting into a shell.
fn serve_line(url: impl Fn(&str) -> String) -> String {
    let options = SERVICES.map(|service| format!(" \\\n  --{service}-db {}", url(service)));
    // The alias builds all packages with the same features, so that it compiles nothing a second time.
    format!("cargo serve{}", options.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serve_line_names_the_database_of_each_service() {
        let line = serve_line(|service| format!("postgres://host/{service}"));
        assert_eq!(
            line,
            "cargo serve \\\n  --article-db postgres://host/article \\\n  \
             --user-db postgres://host/user \\\n  --coordinator-db postgres://host/coordinator"
        );
    }
}
