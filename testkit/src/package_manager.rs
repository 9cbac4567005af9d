//! The package managers that this crate can use, and their command lines.

use crate::packages::Package;

/// A package manager and how it installs packages without asking.
pub(crate) struct PackageManager {
    /// The program that shows that this manager is installed.
    pub(crate) program: &'static str,
    /// The commands to run in order. The package names follow the last one.
    commands: &'static [&'static str],
    /// Whether it must run as root. Homebrew refuses to run as root.
    pub(crate) needs_root: bool,
    /// Its index in [`Package::names`].
    index: usize,
}

impl PackageManager {
    /// The command lines that install `package`, each after `prefix` (such as `sudo `).
    pub(crate) fn command_lines(&self, package: &Package, prefix: &str) -> Vec<String> {
        let last = self.commands.len() - 1;
        let line = |(index, command): (usize, &&str)| match index == last {
            true => format!("{prefix}{command} {}", package.names[self.index]),
            false => format!("{prefix}{command}"),
        };
        self.commands.iter().enumerate().map(line).collect()
    }
}

/// Every supported package manager, in the order in which they are looked for.
pub(crate) const PACKAGE_MANAGERS: [PackageManager; 5] = [
    PackageManager {
        program: "apt-get",
        commands: &[
            "apt-get update",
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends",
        ],
        needs_root: true,
        index: 0,
    },
    PackageManager {
        program: "dnf",
        commands: &["dnf install -y"],
        needs_root: true,
        index: 1,
    },
    PackageManager {
        program: "pacman",
        commands: &["pacman -Sy --noconfirm --needed"],
        needs_root: true,
        index: 2,
    },
    PackageManager {
        program: "apk",
        commands: &["apk add"],
        needs_root: true,
        index: 3,
    },
    PackageManager {
        program: "brew",
        commands: &["brew install"],
        needs_root: false,
        index: 4,
    },
];
