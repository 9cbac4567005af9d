//! `likewise-chaos`, run as `cargo chaos`: campaigns over the real services in a simulated world.
//!
//! The commands are in `likewise-harness`. This file puts them together with the scenarios of likes.

use std::process::ExitCode;

/// A run makes some ten thousand small allocations. With the allocator of the system they take a seventh of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    likewise_harness::run(&likewise_scenarios::SUITE)
}
