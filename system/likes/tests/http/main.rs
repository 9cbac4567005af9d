//! The HTTP contract, from outside: real sockets, all three services in this process, both engines.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod doubt;
mod health;
mod keys;
mod likes;
mod overload;
mod recovery;
mod refused;
mod stopping;
mod transactions;
mod world;
