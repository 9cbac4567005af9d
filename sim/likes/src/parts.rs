//! The parts of the likes, as the world opens and checks them.

use futures::{FutureExt, future::BoxFuture};
use http::Uri;
use likewise::{
    config::{CoordinatorRole, Role, ServiceConfig},
    service::{self, Parts},
};
use likewise_saga::{
    participant::{Barrier, Effect},
    service::Service,
    store::OpenError,
};

use super::names::{ARTICLE_SERVICE, USER_SERVICE};
use likewise_world::{ProcessStart, SystemParts, balancer, plan::Name};

/// The parts of the likes.
pub(super) struct LikeParts(Parts);

impl LikeParts {
    /// These parts, as the world takes them.
    pub(super) fn boxed(parts: Parts) -> Box<dyn SystemParts> {
        Box::new(Self(parts))
    }
}

impl SystemParts for LikeParts {
    fn open(&self, process: ProcessStart) -> BoxFuture<'_, Result<Service, OpenError>> {
        let role = match process.service {
            ARTICLE_SERVICE => Role::Article,
            USER_SERVICE => Role::User,
            Name::COORDINATOR => Role::Coordinator(Box::new(CoordinatorRole {
                article: address_of(ARTICLE_SERVICE),
                user: address_of(USER_SERVICE),
                config: process.coordinator,
            })),
            other => unreachable!("likes have no service {other}"),
        };
        let config = ServiceConfig {
            role,
            database: process.database,
            pool: process.pool,
        };
        let mut parts = self.0.clone();
        parts.kit.batches = process.batches;
        async move { service::open(&config, process.env, &parts).await }.boxed()
    }

    fn barrier(&self) -> &dyn Barrier {
        self.0.kit.barrier.as_ref()
    }

    fn effect(&self, service: Name) -> Option<&dyn Effect> {
        match service {
            ARTICLE_SERVICE => Some(self.0.article.as_ref()),
            USER_SERVICE => Some(self.0.user.as_ref()),
            _ => None,
        }
    }
}

/// The base URL at which a coordinator reaches a service.
fn address_of(service: Name) -> Uri {
    let url = format!("http://{}", balancer(service));
    url.parse().expect("the name of a host is a valid address")
}
