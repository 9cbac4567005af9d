//! Where a report comes from: what was run, by which program, where and how. Whoever doubts a report runs the same.

use likewise_sim::plan::Timing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for something that could not be found out.
pub const UNKNOWN: &str = "unknown";

/// Where a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Of the program: `0.1.0`.
    pub version: String,
    /// The commit it was built from, in full; [`UNKNOWN`] outside of a repository.
    pub commit: String,
    /// Whether files differed from that commit.
    pub dirty: bool,
    /// The compiler, as it calls itself.
    pub rustc: String,
    /// `release` or `debug`.
    pub profile: String,
    /// The operating system: `linux`.
    pub os: String,
    /// The processor's architecture: `x86_64`.
    pub arch: String,
    /// When the campaign began, in RFC 3339, in UTC.
    pub started_at: String,
    /// What was typed, word by word, without the program's own name.
    pub command_line: Vec<String>,
    /// How many processors the machine offers.
    pub processors: u64,
    /// How plans configure the system and bound a run, unless they say otherwise.
    pub timing: Timing,
}
