//! The programs that the tests need and the packages that contain them.

/// A program or a group of programs that a package manager can install.
#[derive(Debug)]
pub struct Package {
    /// The product's name, for messages.
    pub name: &'static str,
    /// The error when it is missing.
    pub missing: &'static str,
    /// The packages to install, one entry for each package manager: apt-get, dnf, pacman, apk, brew.
    pub names: [&'static str; 5],
}

/// PostgreSQL's server, which distributions package apart from its client.
pub const POSTGRES: Package = Package {
    name: "PostgreSQL",
    missing: "PostgreSQL's server programs (initdb, postgres, pg_ctl) were not found",
    names: [
        "postgresql",
        "postgresql-server",
        "postgresql",
        "postgresql postgresql-client",
        "postgresql@17",
    ],
};

/// A browser that runs without a window, and a font for it.
pub const CHROMIUM: Package = Package {
    name: "Chromium",
    missing: "Chromium was not found",
    names: [
        "chromium fonts-dejavu-core",
        "chromium dejavu-sans-fonts",
        "chromium ttf-dejavu",
        "chromium font-dejavu",
        "chromium",
    ],
};

/// Node.js, which drives the browser.
///
/// A separate package from [`CHROMIUM`]: where Node.js was installed by hand, the distribution's own package would conflict with it.
pub const NODE: Package = Package {
    name: "Node.js",
    missing: "node and npm were not both found",
    names: [
        "nodejs npm",
        "nodejs npm",
        "nodejs npm",
        "nodejs npm",
        "node",
    ],
};
