//! What to do where a program that the tests need is missing: install it, or tell a person how.
//!
//! An installation needs root, or a `sudo` that asks no password; otherwise the command for this machine is shown.
//! What a package may start by itself does not matter: the tests' server is always a temporary one of our own.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::account::is_root;

/// Something that a package manager can install.
pub(crate) struct Wanted {
    /// What people call it.
    pub(crate) name: &'static str,
    /// What was not found.
    pub(crate) missing: &'static str,
    /// Its packages, for each of [`MANAGERS`].
    pub(crate) packages: [&'static str; 5],
}

/// PostgreSQL's server, not only its client.
pub(crate) const POSTGRES: Wanted = Wanted {
    name: "PostgreSQL",
    missing: "PostgreSQL's server programs (initdb, postgres, pg_ctl) were not found",
    packages: [
        "postgresql",
        "postgresql-server",
        "postgresql",
        "postgresql postgresql-client",
        "postgresql@17",
    ],
};

/// A browser without a window, and letters for it.
pub(crate) const CHROMIUM: Wanted = Wanted {
    name: "Chromium",
    missing: "Chromium was not found",
    packages: [
        "chromium fonts-dejavu-core",
        "chromium dejavu-sans-fonts",
        "chromium ttf-dejavu",
        "chromium font-dejavu",
        "chromium",
    ],
};

/// What drives the browser. Apart from it: a machine may have its own Node.js, beside which a package manager's will not go.
pub(crate) const NODE: Wanted = Wanted {
    name: "Node.js",
    missing: "node and npm were not both found",
    packages: [
        "nodejs npm",
        "nodejs npm",
        "nodejs npm",
        "nodejs npm",
        "node",
    ],
};

/// What to do about something that is missing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Run these commands.
    Run(Vec<String>),
    /// Say this, and give up.
    Tell(String),
}

impl Remedy {
    /// Looks at which package manager there is and what this process may do.
    pub(crate) fn for_this_machine(wanted: &Wanted) -> Self {
        let manager = MANAGERS.iter().find(|manager| in_path(manager.program));
        remedy(wanted, manager, Privilege::of_this_process())
    }

    /// Installs it, if that is the remedy.
    ///
    /// # Errors
    /// A command failed, or a person has to run it: the message says which.
    pub(crate) fn apply(self, wanted: &Wanted) -> Result<()> {
        match self {
            Self::Run(commands) => install(wanted, &commands),
            Self::Tell(advice) => bail!("{advice}"),
        }
    }
}

fn install(wanted: &Wanted, commands: &[String]) -> Result<()> {
    let name = wanted.name;
    for line in commands {
        println!("\n==> {name} is missing and gets installed\n    {line}");
        let mut words = line.split_whitespace();
        let program = words.next().context("an empty installation command")?;
        let status = Command::new(program)
            .args(words)
            .stdin(Stdio::null())
            .status();
        let status = status.with_context(|| format!("starting `{line}`"))?;
        if !status.success() {
            bail!("`{line}` ended with {status}; {name} has to be installed by hand");
        }
    }
    Ok(())
}

/// Whether a program can be started by its name.
pub(crate) fn in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A package manager and the commands that install packages with it, which follow the last.
struct Manager {
    program: &'static str,
    commands: &'static [&'static str],
    as_root: bool,
    /// Its place in [`Wanted::packages`].
    place: usize,
}

impl Manager {
    fn lines(&self, wanted: &Wanted, prefix: &str) -> Vec<String> {
        let last = self.commands.len() - 1;
        let line = |(place, command): (usize, &&str)| match place == last {
            true => format!("{prefix}{command} {}", wanted.packages[self.place]),
            false => format!("{prefix}{command}"),
        };
        self.commands.iter().enumerate().map(line).collect()
    }
}

const MANAGERS: [Manager; 5] = [
    Manager {
        program: "apt-get",
        commands: &[
            "apt-get update",
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends",
        ],
        as_root: true,
        place: 0,
    },
    Manager {
        program: "dnf",
        commands: &["dnf install -y"],
        as_root: true,
        place: 1,
    },
    Manager {
        program: "pacman",
        commands: &["pacman -Sy --noconfirm --needed"],
        as_root: true,
        place: 2,
    },
    Manager {
        program: "apk",
        commands: &["apk add"],
        as_root: true,
        place: 3,
    },
    Manager {
        program: "brew",
        commands: &["brew install"],
        as_root: false,
        place: 4,
    },
];

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
        let allowed = sudo.status().is_ok_and(|status| status.success());
        if allowed {
            Self::SudoWithoutPassword
        } else {
            Self::Ordinary
        }
    }
}

/// Chooses between installing and asking a person to; pure, so that machines unlike this one can be tested.
fn remedy(wanted: &Wanted, manager: Option<&Manager>, privilege: Privilege) -> Remedy {
    let missing = wanted.missing;
    let Some(manager) = manager else {
        let name = wanted.name;
        return Remedy::Tell(format!("{missing}; install {name} and put them in PATH"));
    };
    let ask = |how: &str, prefix: &str| {
        let line = manager.lines(wanted, prefix).join(" && ");
        Remedy::Tell(format!("{missing}. {how}:\n\n    {line}"))
    };
    match (manager.as_root, privilege) {
        (true, Privilege::SudoWithoutPassword) => Remedy::Run(manager.lines(wanted, "sudo -n ")),
        (true, Privilege::Ordinary) => ask("Install them with", "sudo "),
        (false, Privilege::Root) => ask("Install them, not as root, with", ""),
        (true, Privilege::Root) | (false, _) => Remedy::Run(manager.lines(wanted, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(program: &str) -> Option<&'static Manager> {
        MANAGERS.iter().find(|manager| manager.program == program)
    }

    #[test]
    fn root_installs_with_apt_without_a_question() {
        let expected = [
            "apt-get update",
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql",
        ];
        let expected = Remedy::Run(expected.map(str::to_owned).to_vec());
        assert_eq!(
            remedy(&POSTGRES, manager("apt-get"), Privilege::Root),
            expected
        );
    }

    #[test]
    fn sudo_is_used_only_where_it_asks_no_password() {
        let expected = Remedy::Run(vec!["sudo -n dnf install -y postgresql-server".to_owned()]);
        assert_eq!(
            remedy(&POSTGRES, manager("dnf"), Privilege::SudoWithoutPassword),
            expected
        );
    }

    #[test]
    fn an_ordinary_user_is_told_the_whole_command() {
        let Remedy::Tell(advice) = remedy(&POSTGRES, manager("apt-get"), Privilege::Ordinary)
        else {
            panic!("an ordinary user cannot install");
        };
        let command = "sudo apt-get update && \
                       sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql";
        assert!(advice.ends_with(command), "{advice}");
    }

    #[test]
    fn homebrew_is_never_run_as_root() {
        assert!(matches!(
            remedy(&POSTGRES, manager("brew"), Privilege::Ordinary),
            Remedy::Run(_)
        ));
        let Remedy::Tell(advice) = remedy(&POSTGRES, manager("brew"), Privilege::Root) else {
            panic!("Homebrew refuses root");
        };
        assert!(
            advice.ends_with("not as root, with:\n\n    brew install postgresql@17"),
            "{advice}"
        );
    }

    #[test]
    fn a_machine_without_a_known_package_manager_gets_a_clear_message() {
        let Remedy::Tell(advice) = remedy(&POSTGRES, None, Privilege::Root) else {
            panic!("there is nothing to run");
        };
        assert!(advice.contains("put them in PATH"), "{advice}");
    }
}
