//! The code that the criterion benches and the instruction counter have in common. The load generator is in `load/`.

pub mod parts;
