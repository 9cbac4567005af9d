//! Pages for operators, next to the routes that need a token.
//!
//! A browser sends no `Authorization` by itself. So a console lets people in by its own check, against the same tokens.

use std::sync::Arc;

use axum::Router;

use super::tokens::AdminTokens;

/// A console that gets the tokens of its listener when it is served. All its paths begin with `/console`.
#[derive(Clone)]
pub struct Console(Arc<dyn Fn(Arc<AdminTokens>) -> Router + Send + Sync>);

impl Console {
    /// A console with these routes. They must check who asks.
    pub(crate) fn new(routes: impl Fn(Arc<AdminTokens>) -> Router + Send + Sync + 'static) -> Self {
        Self(Arc::new(routes))
    }

    /// Its routes, for the owners of these tokens.
    pub(super) fn routes(&self, tokens: Arc<AdminTokens>) -> Router {
        (self.0)(tokens)
    }
}
