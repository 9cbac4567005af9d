//! Creates the articles of a load before it starts, over a few connections.

use anyhow::{Context, Result, ensure};

use crate::{http_connection::HttpConnection, system::System};

/// The number of connections that create articles.
const CREATORS: usize = 32;
const BODY: &str = r#"{"title":"load"}"#;

/// Creates `number` articles and returns their ids in ascending order.
///
/// Ids are assigned by the service, so articles of an earlier load have smaller ids. The consistency check relies on
/// that.
///
/// # Errors
/// The article service could not be reached, or it refused.
pub(crate) async fn create(system: &System, number: usize) -> Result<Vec<i64>> {
    let mut creators = Vec::new();
    for creator in 0..CREATORS.min(number) {
        let share = number / CREATORS + usize::from(creator < number % CREATORS);
        let connection = HttpConnection::to(system.article);
        creators.push(tokio::task::spawn_local(create_share(connection, share)));
    }
    let mut articles = Vec::new();
    for creator in creators {
        articles.extend(creator.await.context("a creator ended early")??);
    }
    articles.sort_unstable();
    Ok(articles)
}

async fn create_share(mut connection: HttpConnection, share: usize) -> Result<Vec<i64>> {
    let request = format!(
        "POST /v1/articles HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut ids = Vec::new();
    for _ in 0..share {
        let reply = connection
            .exchange(request.as_bytes())
            .await
            .context("creating an article")?;
        ensure!(
            reply.status == 201,
            "creating an article was answered {}",
            reply.status
        );
        let body: serde_json::Value = serde_json::from_slice(reply.body)?;
        ids.push(body["id"].as_i64().context("an article without an id")?);
    }
    Ok(ids)
}
