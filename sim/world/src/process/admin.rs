//! The routes for operators of a simulated coordinator: behind the tokens of the plan's operators, on the only listener.
//!
//! The binary serves them on a listener of their own. Another port would be another socket of every run.

use axum::Router;
use likewise_saga::{
    admin::{AdminRoutes, AdminTokens, Role},
    http::HttpMetrics,
};

use crate::World;

/// The paths that an admin listener serves.
pub(crate) const PREFIX: &str = "/admin/";

/// The name of an operator, from 1.
pub(crate) fn operator(number: u8) -> String {
    format!("operator-{number}")
}

/// The token of an operator.
pub(crate) fn token(number: u8) -> String {
    format!("token-of-operator-{number}")
}

/// The routes for operators. `None` if the run has none, or if the service has no such routes.
pub(crate) fn admin_routes(world: &World, routes: Vec<(Role, Router)>) -> Option<Router> {
    let operators = world.plan().operators;
    if operators == 0 || routes.is_empty() {
        return None;
    }
    let lines = (1..=operators).map(|number| {
        let (name, token) = (operator(number), token(number));
        format!("{name} operate {token}\n")
    });
    let tokens: AdminTokens = lines.collect::<String>().parse().ok()?;
    let all = routes
        .into_iter()
        .fold(AdminRoutes::new(tokens), |all, (role, more)| {
            all.with(role, more)
        });
    Some(all.routes(&HttpMetrics::new("admin")))
}
