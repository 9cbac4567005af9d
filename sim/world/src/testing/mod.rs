//! For tests of invariants, and of code over plans: hand-built histories, and a small system.
//!
//! A test of an invariant builds a [`Sample`], and asks for the status of the property. A test of code that draws, changes or
//! validates plans can take the [`SHOP`], and so can a test that runs some system.

mod sample;
mod shop;
mod shop_checks;
mod shop_services;

pub use sample::{Sample, change, saga_row, step_row};
pub use shop::{ORDER, one_order, order};
pub use shop_checks::{SHOP, STORE, Shop, TILL};
#[cfg(test)]
pub(crate) use shop_services::{SERVICES, Take};
