//! The commands of `cargo chaos`, for transfers: `cargo run -p likewise-transfers -- list`.

use std::process::ExitCode;

use likewise_harness::Suite;
use likewise_transfers::{TRANSFERS, scenarios::SCENARIOS};

static SUITE: Suite = Suite {
    command: "cargo run -p likewise-transfers --",
    system: &TRANSFERS,
    scenarios: SCENARIOS,
    regressions: "examples/transfers/regressions",
    detection: None,
};

fn main() -> ExitCode {
    likewise_harness::run(&SUITE)
}
