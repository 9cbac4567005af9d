//! The articles that a load likes: made before it, over a few connections.

use anyhow::{Context, Result, ensure};

use crate::{system::System, wire::Wire};

/// Connections that create them.
const CREATORS: usize = 32;

/// Creates so many, and returns their identities in order.
///
/// # Errors
/// The article service cannot be reached, or refuses.
pub(crate) async fn create(system: &System, number: usize) -> Result<Vec<i64>> {
    let mut creators = Vec::new();
    for creator in 0..CREATORS.min(number) {
        let share = number / CREATORS + usize::from(creator < number % CREATORS);
        let mut wire = Wire::to(system.article);
        creators.push(tokio::task::spawn_local(async move {
            let mut made = Vec::new();
            let body = r#"{"title":"load"}"#;
            let request = format!(
                "POST /v1/articles HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            for _ in 0..share {
                let reply = wire.exchange(request.as_bytes()).await.context("creating an article")?;
                ensure!(reply.status == 201, "creating an article was answered {}", reply.status);
                let body: serde_json::Value = serde_json::from_slice(reply.body)?;
                made.push(body["id"].as_i64().context("an article without an id")?);
            }
            Ok(made)
        }));
    }
    let mut articles = Vec::new();
    for creator in creators {
        articles.extend(creator.await.context("a creator ended early")??);
    }
    articles.sort_unstable();
    Ok(articles)
}
