//! Where a report comes from: the program, the machine and the command, so that a reader can repeat the campaign.

use likewise_world::plan::Timing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a field that could not be determined.
pub const UNKNOWN: &str = "unknown";

/// Where a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// The program's version: `0.1.0`.
    pub version: String,
    /// The full hash of the commit that the program was built from; [`UNKNOWN`] outside of a repository.
    pub commit: String,
    /// Whether files differed from that commit.
    pub dirty: bool,
    /// The compiler's version line.
    pub rustc: String,
    /// `release` or `debug`.
    pub profile: String,
    /// The operating system: `linux`.
    pub os: String,
    /// The processor's architecture: `x86_64`.
    pub arch: String,
    /// When the campaign began: RFC 3339, UTC.
    pub started_at: String,
    /// The program as people run it: `cargo chaos`. Older reports do not say it; it was this one.
    #[serde(default = "cargo_chaos")]
    pub program: String,
    /// The arguments of the command, without the program's name.
    pub command_line: Vec<String>,
    /// The number of processors of the machine.
    pub processors: u64,
    /// The default configuration and bounds of the plans.
    pub timing: Timing,
}

impl Provenance {
    /// The command, with the program.
    #[must_use]
    pub fn command(&self) -> String {
        format!("{} {}", self.program, self.command_line.join(" "))
    }

    /// The program of a report, also of one whose origin is unknown.
    #[must_use]
    pub fn program_of(provenance: Option<&Self>) -> String {
        provenance.map_or_else(cargo_chaos, |it| it.program.clone())
    }
}

fn cargo_chaos() -> String {
    "cargo chaos".to_owned()
}
