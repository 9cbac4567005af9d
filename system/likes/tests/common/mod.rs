//! What the test programs share: databases on both engines, an HTTP client, and a proxy.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test program uses a part"
)]

pub mod client;
pub mod contract;
pub mod databases;
pub mod event_stream;
pub mod files;
pub mod scrape;
pub mod silent_proxy;

pub use databases::{Databases, Engine};

/// Runs each test function on both engines. The PostgreSQL tests are ignored unless a server is given.
macro_rules! on_both_engines {
    ($($case:ident)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let databases = $crate::common::Databases::create($crate::common::Engine::Sqlite).await;
                    super::$case(&databases).await;
                    databases.delete().await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs PostgreSQL: cargo xtask test"]
                async fn $case() {
                    let databases = $crate::common::Databases::create($crate::common::Engine::Postgres).await;
                    super::$case(&databases).await;
                    databases.delete().await;
                }
            )*
        }
    };
}
pub(crate) use on_both_engines;
