//! What the benches have in common; the load generator is `main.rs`.

pub mod parts;
