//! The contract of the command line: exit codes, output for programs, messages, files, and replay commands.
//!
//! One program holds all tests that run `likewise-chaos`, because every test program links the whole simulator and so
//! takes seconds to build.

mod arguments;
mod campaigns;
mod cli_harness;
mod combinations;
mod model;
mod planted_bugs;
mod replay;
mod reports;
mod run;
mod schemas;
mod shrink;
