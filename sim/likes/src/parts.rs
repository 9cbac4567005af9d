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
use likewise_world::{ProcessStart, SystemParts, balancer, plan::Name, planted};

/// The parts of the product. A planted bug replaces one of them.
pub(super) fn product() -> Parts {
    Parts {
        kit: planted::product(),
        ..Parts::default()
    }
}

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
        #[cfg(test)]
        let process = tests::with_or_without_secret(tests::traced(process));
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
        async move {
            let service = service::open(&config, process.env, &parts).await?;
            #[cfg(test)]
            let service = tests::scraped(tests::behind_an_edge(service));
            Ok(service)
        }
        .boxed()
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

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use axum::extract::Request;
    use likewise_saga::{
        env::Clock,
        http::Edge,
        metrics::Metrics,
        security::NoSecret,
        time::Timestamp,
        trace::{EndedSpan, SpanSink, Tracer},
    };
    use likewise_world::plan::generate;
    use tower::{layer::layer_fn, util::MapRequestLayer};

    use super::*;
    use crate::{run, system};

    thread_local! {
        /// Whether the processes of a run on this thread have an edge.
        static HAS_EDGE: Cell<bool> = const { Cell::new(false) };
        /// How many processes have had one.
        static EDGES: Cell<u32> = const { Cell::new(0) };
        /// Whether each request to the processes of a run on this thread comes with a scrape.
        static IS_SCRAPED: Cell<bool> = const { Cell::new(false) };
        /// How many sagas the scrapes have seen as ended, and how many scrapes there were.
        static SCRAPES: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
        /// Whether the processes of a run on this thread make spans.
        static IS_TRACED: Cell<bool> = const { Cell::new(false) };
        /// Whether the services of a run on this thread show each other no secret.
        static HAS_NO_SECRET: Cell<bool> = const { Cell::new(false) };
        /// How many spans have ended, and how many of them in a trace of another process.
        static SPANS: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
    }

    struct CountedSpans;

    impl SpanSink for CountedSpans {
        fn ended(&self, span: EndedSpan) {
            let (all, steps) = SPANS.get();
            let is_step = span.name.contains(" step ") && span.parent.is_some();
            SPANS.set((all + 1, steps + u32::from(is_step)));
        }
    }

    pub(super) fn traced(mut process: ProcessStart) -> ProcessStart {
        if IS_TRACED.get() {
            let clock = Arc::clone(&process.env.clock);
            process.env.tracer = Tracer::new(7, clock, 1.0, Arc::new(CountedSpans));
        }
        process
    }

    pub(super) fn with_or_without_secret(mut process: ProcessStart) -> ProcessStart {
        if HAS_NO_SECRET.get() {
            process.env.service_secrets = Arc::new(NoSecret);
        }
        process
    }

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }
    }

    pub(super) fn behind_an_edge(mut service: Service) -> Service {
        if HAS_EDGE.get() {
            EDGES.set(EDGES.get() + 1);
            let seed = u64::from(EDGES.get());
            let edge = layer_fn(move |routes| Edge::new(routes, Arc::new(Stopped), seed, None));
            service.public = service.public.layer(edge);
        }
        service
    }

    pub(super) fn scraped(mut service: Service) -> Service {
        if IS_SCRAPED.get() {
            let metrics = Arc::new(Metrics::of(service.metrics.clone()));
            let scrape = move |request: Request| {
                let text = metrics.text();
                assert!(text.ends_with("# EOF\n"), "{text}");
                let ended = "\nlikewise_sagas_ended_total{kind=\"like\",outcome=\"completed\"} 1\n";
                let (ends, scrapes) = SCRAPES.get();
                SCRAPES.set((ends + u32::from(text.contains(ended)), scrapes + 1));
                request
            };
            service.public = service.public.layer(MapRequestLayer::new(scrape));
        }
        service
    }

    /// Counting is always on. A scrape reads states and counters, and must neither draw, wait nor lock for long.
    #[test]
    fn a_plan_has_the_same_events_with_a_scrape_at_each_request_and_without_one() {
        for seed in 0..6 {
            let plan = generate(system(), seed);
            IS_SCRAPED.set(false);
            let without = run(&plan).unwrap();
            IS_SCRAPED.set(true);
            let with = run(&plan).unwrap();
            IS_SCRAPED.set(false);
            assert_eq!(with.hash, without.hash, "seed {seed}");
        }
        let (ends, scrapes) = SCRAPES.get();
        assert!(
            ends > 0 && scrapes > 50,
            "{ends} of {scrapes} scrapes saw an end"
        );
    }

    /// A secret is one header and one comparison: it neither draws nor waits.
    #[test]
    fn a_plan_has_the_same_events_with_a_secret_between_services_and_without_one() {
        for seed in 0..12 {
            let plan = generate(system(), seed);
            HAS_NO_SECRET.set(true);
            let without = run(&plan).unwrap();
            HAS_NO_SECRET.set(false);
            let with = run(&plan).unwrap();
            assert_eq!(with.hash, without.hash, "seed {seed}");
        }
    }

    /// Spans have ids from a random stream of their own, and steps carry them to the services.
    #[test]
    fn a_plan_has_the_same_events_with_traces_and_without_them() {
        for seed in 0..6 {
            let plan = generate(system(), seed);
            IS_TRACED.set(false);
            let without = run(&plan).unwrap();
            IS_TRACED.set(true);
            let with = run(&plan).unwrap();
            IS_TRACED.set(false);
            assert_eq!(with.hash, without.hash, "seed {seed}");
        }
        let (all, steps) = SPANS.get();
        assert!(
            steps >= 50 && all > 2 * steps,
            "{all} spans, {steps} of steps at a service"
        );
    }

    /// Request ids and the jitter of headers have a random stream of their own, and no event has a header.
    #[test]
    fn a_plan_has_the_same_events_with_the_edge_of_a_process_and_without_it() {
        for seed in 0..6 {
            let plan = generate(system(), seed);
            HAS_EDGE.set(false);
            let without = run(&plan).unwrap();
            HAS_EDGE.set(true);
            let with = run(&plan).unwrap();
            HAS_EDGE.set(false);
            assert_eq!(with.hash, without.hash, "seed {seed}");
        }
        assert!(EDGES.get() >= 18, "{} processes had an edge", EDGES.get());
    }
}
