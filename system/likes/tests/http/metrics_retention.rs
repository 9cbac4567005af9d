//! What metrics say of retention.

use std::time::Duration;

use likewise::{
    coordinator::{Keep, Retention},
    service::Parts,
};
use likewise_saga::alerts::AlertsConfig;

use super::server::TestServer;
use crate::common::{Databases, on_both_engines, scrape::Scrape};

on_both_engines! {
    retention_shows_its_watermark_and_what_it_deleted
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A server with a short retention, after it has raised the watermark and deleted something in each database.
pub async fn start_and_collect(databases: &Databases) -> (TestServer, Scrape) {
    let limit = Duration::from_secs(3);
    let server = TestServer::start_with(databases, Parts::default(), |config| {
        config.coordinator.answer_timeout = limit;
        config.coordinator.saga_deadline = limit;
        config.coordinator.step_timeout = limit;
        // Nobody listens there. Without an alert nothing is sent, and the metrics are there.
        config.coordinator.alerts = Some(AlertsConfig {
            webhook: "http://127.0.0.1:9/hook".parse().expect("an address"),
            secrets: SECRET.parse().expect("a secret"),
            http_client: None,
        });
        config.coordinator.retention = Some(Retention {
            sagas: Keep::For(limit),
            keys: limit,
        });
    })
    .await;
    let article = server.client.article("An article").await;
    for user in 1..=1_000 {
        assert_eq!(server.client.like(article, user).await.status, 200);
        let scrape = server.scrape();
        if SERVICES.iter().all(|it| deleted(&scrape, it) > 0.0) {
            return (server, scrape);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was deleted: {:#?}", server.scrape());
}

const SERVICES: [&str; 3] = ["coordinator", "article", "user"];

fn deleted(scrape: &Scrape, service: &str) -> f64 {
    let rows = "likewise_retention_rows_collected_total";
    scrape.value(rows, &[("service", service)])
}

async fn retention_shows_its_watermark_and_what_it_deleted(databases: &Databases) {
    let (_server, scrape) = start_and_collect(databases).await;
    let sagas = scrape.sum("likewise_sagas_started_total", &[]);
    for service in SERVICES {
        let age = "likewise_retention_watermark_age_seconds";
        let age = scrape.value(age, &[("service", service)]);
        // No less than what is kept, as the clock of the scrape goes on.
        assert!((3.0..600.0).contains(&age), "{service}: {age}");
        assert!(deleted(&scrape, service) < sagas, "{service}: {scrape:#?}");
    }
}
