//! The contract of the command line: exit codes, output for programs, messages, files, and replay commands.
//!
//! One program holds all tests that run `likewise-chaos`, because every test program links the whole simulator and so
//! takes seconds to build.
//!
//! Every test starts the program as a process, because exit codes, the two output streams and files are its contract.
//! Messages are compared in part only, so that wording can improve.

mod arguments;
mod campaigns;
mod cli_harness;
mod combinations;
mod explain;
mod model;
mod planted_bugs;
mod replay;
mod reports;
mod reproduce;
mod run;
mod schemas;
mod service;
mod shrink;
mod signals;
