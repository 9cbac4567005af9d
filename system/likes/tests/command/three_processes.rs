//! The three services in three processes.

use std::{net::SocketAddr, path::Path};

use crate::{common::client::Client, run::Running};

/// An article service, a user service and a coordinator.
pub struct Three {
    pub article: Running,
    pub user: Running,
    pub coordinator: Running,
    pub client: Client,
    pub article_id: i64,
}

impl Three {
    /// Starts them, each with these options, too.
    pub async fn start(folder: &Path, options: &[&str]) -> Self {
        let options = |_: &str| options.iter().map(|option| (*option).to_owned()).collect();
        Self::start_each(folder, options).await
    }

    /// Starts them, each with options of its own, by its name.
    pub async fn start_each(folder: &Path, options: impl Fn(&str) -> Vec<String>) -> Self {
        let start = |service: &str, own: String| {
            let line = format!("serve {service} --listen 127.0.0.1:0 {own}");
            let options = options(service);
            let options = options.iter().map(String::as_str);
            let arguments: Vec<&str> = line.split(' ').chain(options).collect();
            Running::start(folder, &arguments)
        };
        let article = start("article", "--article-db sqlite:article.db".to_owned());
        let user = start("user", "--user-db sqlite:user.db".to_owned());
        let url = |address: SocketAddr| format!("http://{address}");
        let urls = (url(article.address()), url(user.address()));
        let own = format!(
            "--coordinator-db sqlite:coordinator.db --article-url {} --user-url {}",
            urls.0, urls.1
        );
        let coordinator = start("coordinator", own);
        let article_id = Client::new(article.address()).article("An article").await;
        Self {
            client: Client::new(coordinator.address()),
            article,
            user,
            coordinator,
            article_id,
        }
    }
}
