//! What the tests share: databases on either engine, and an HTTP client.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test program uses its part"
)]

pub mod client;
pub mod databases;
pub mod files;

pub use databases::{Databases, Engine};

/// Writes each case once and runs it on both engines.
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
