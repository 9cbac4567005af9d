//! The deliveries of alerts.

use askama::Template;
use axum::http::StatusCode;

use super::{
    sessions::Visitor,
    shell::{Page, Shell, render},
};

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    shell: Shell,
}

/// `GET /console/deliveries`
pub(super) async fn page(visitor: Visitor) -> Page {
    let page = DeliveriesPage {
        shell: Shell::new("/console/deliveries", &visitor),
    };
    Ok(render(StatusCode::OK, &page))
}
