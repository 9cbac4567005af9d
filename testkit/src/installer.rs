//! Installs a program that the tests need, or explains how to install it.
//!
//! An installation needs root, or a `sudo` that asks for no password. Otherwise the error contains the command for this
//! machine. It does not matter whether the package starts a server: the tests always start a temporary one.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::package_manager::{PACKAGE_MANAGERS, PackageManager};
use crate::packages::Package;
use crate::server_account::is_root;

/// Installs `package` with the package manager of this machine.
///
/// # Errors
/// No package manager is known, this process may not install packages (the message contains the command to run), or a
/// command failed.
pub fn install(package: &Package) -> Result<()> {
    let manager = PACKAGE_MANAGERS
        .iter()
        .find(|manager| is_in_path(manager.program));
    match plan(package, manager, Privilege::of_this_process()) {
        Plan::Run(command_lines) => run(package, &command_lines),
        Plan::Explain(advice) => bail!("{advice}"),
    }
}

/// Whether a program can be started by its name.
#[must_use]
pub fn is_in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// How to get a missing package.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Run these commands.
    Run(Vec<String>),
    /// Fail with this advice.
    Explain(String),
}

/// Decides between installing and explaining. A pure function, so the tests cover machines that differ from this one.
fn plan(package: &Package, manager: Option<&PackageManager>, privilege: Privilege) -> Plan {
    let missing = package.missing;
    let Some(manager) = manager else {
        let name = package.name;
        return Plan::Explain(format!("{missing}; install {name} and put them in PATH"));
    };
    let explain = |how: &str, prefix: &str| {
        let line = manager.command_lines(package, prefix).join(" && ");
        Plan::Explain(format!("{missing}. {how}:\n\n    {line}"))
    };
    match (manager.needs_root, privilege) {
        (true, Privilege::SudoWithoutPassword) => {
            Plan::Run(manager.command_lines(package, "sudo -n "))
        }
        (true, Privilege::Ordinary) => explain("Install them with", "sudo "),
        (false, Privilege::Root) => explain("Install them, not as root, with", ""),
        (true, Privilege::Root) | (false, _) => Plan::Run(manager.command_lines(package, "")),
    }
}

fn run(package: &Package, command_lines: &[String]) -> Result<()> {
    let name = package.name;
    for line in command_lines {
        println!("\n==> installing {name}, which is missing\n    {line}");
        let mut words = line.split_whitespace();
        let program = words.next().context("an empty installation command")?;
        let status = Command::new(program)
            .args(words)
            // A package manager that asks a question must fail and not wait for ever.
            .stdin(Stdio::null())
            .status();
        let status = status.with_context(|| format!("starting `{line}`"))?;
        if !status.success() {
            bail!("`{line}` ended with {status}; install {name} by hand");
        }
    }
    Ok(())
}

/// What this process may do on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Privilege {
    Root,
    SudoWithoutPassword,
    Ordinary,
}

impl Privilege {
    fn of_this_process() -> Self {
        if is_root() {
            return Self::Root;
        }
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // `-n` makes `sudo` fail where it would ask for a password.
        let allowed = sudo.status().is_ok_and(|status| status.success());
        if allowed {
            Self::SudoWithoutPassword
        } else {
            Self::Ordinary
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::POSTGRES;

    fn manager(program: &str) -> Option<&'static PackageManager> {
        PACKAGE_MANAGERS
            .iter()
            .find(|manager| manager.program == program)
    }

    #[test]
    fn root_installs_with_apt_and_answers_no_question() {
        let expected = [
            "apt-get update",
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql",
        ];
        let expected = Plan::Run(expected.map(str::to_owned).to_vec());
        assert_eq!(
            plan(&POSTGRES, manager("apt-get"), Privilege::Root),
            expected
        );
    }

    #[test]
    fn sudo_is_used_only_if_it_asks_for_no_password() {
        let expected = Plan::Run(vec!["sudo -n dnf install -y postgresql-server".to_owned()]);
        assert_eq!(
            plan(&POSTGRES, manager("dnf"), Privilege::SudoWithoutPassword),
            expected
        );
    }

    #[test]
    fn an_ordinary_user_gets_the_whole_command() {
        let Plan::Explain(advice) = plan(&POSTGRES, manager("apt-get"), Privilege::Ordinary) else {
            panic!("an ordinary user cannot install");
        };
        let command = "sudo apt-get update && \
                       sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql";
        assert!(advice.ends_with(command), "{advice}");
    }

    #[test]
    fn homebrew_never_runs_as_root() {
        assert!(matches!(
            plan(&POSTGRES, manager("brew"), Privilege::Ordinary),
            Plan::Run(_)
        ));
        let Plan::Explain(advice) = plan(&POSTGRES, manager("brew"), Privilege::Root) else {
            panic!("Homebrew refuses root");
        };
        assert!(
            advice.ends_with("not as root, with:\n\n    brew install postgresql@17"),
            "{advice}"
        );
    }

    #[test]
    fn a_machine_without_a_known_package_manager_gets_a_clear_message() {
        let Plan::Explain(advice) = plan(&POSTGRES, None, Privilege::Root) else {
            panic!("there is nothing to run");
        };
        assert!(advice.contains("put them in PATH"), "{advice}");
    }
}
