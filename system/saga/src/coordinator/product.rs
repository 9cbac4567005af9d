//! What a coordinator knows of the product whose sagas it drives.

use axum::http::request::Parts;

use crate::{executor::Define, http::Problem};

/// A product as its coordinator sees it: its sagas, and the words for them in messages to clients and operators.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Derives the steps of a saga from its kind and arguments.
    pub define: Define,
    /// The kinds of its sagas, which metrics tell apart.
    pub kinds: &'static [&'static str],
    /// The most steps that one of its sagas has. The bounds on time follow from it; nothing is refused.
    pub steps_max: u32,
    /// What a request changes, in the singular, for example `transfer`: "no transfer can succeed".
    pub noun: &'static str,
    /// What a lock key stands for, for example `this account`: "earlier requests of this account have not finished".
    pub locked: &'static str,
    /// The name of the wait for [`SagaRequest::check`](super::SagaRequest::check), for example `the check of both services`.
    pub check: &'static str,
    /// Who sends a request, for example from a header; `None` if that is not known. It bounds the streams of one client, and a
    /// ticket is for one client. [`nobody`] if the product does not know its clients.
    ///
    /// # Errors
    /// The request names its client in a wrong way.
    pub client: fn(&Parts) -> Result<Option<String>, Problem>,
}

/// The [`Product::client`] of a product that does not know its clients.
///
/// # Errors
/// None.
pub fn nobody(_: &Parts) -> Result<Option<String>, Problem> {
    Ok(None)
}
