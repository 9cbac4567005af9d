//! The faulty network, at the level of whole requests: it sits between a service and its HTTP
//! client and loses, repeats, holds back and replays what the plan says.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use likewise::edges::{Dialer, ExchangeError};
use tokio::sync::oneshot;

use super::{Boot, Errand, Message, World, balancer::Balancer, net::Clients};
use crate::{
    plan::{Fault, Side},
    record::EventKind,
};

/// How long after the original the copies of a duplicate arrive, each after the one before.
const COPY_AFTER: Duration = Duration::from_millis(7);

/// A process's way to the network.
pub struct FaultyDialer {
    world: World,
    boot: Arc<Boot>,
    balancer: Balancer,
    inner: Clients,
}

impl FaultyDialer {
    /// The way of this process.
    #[must_use]
    pub fn new(world: World, boot: Arc<Boot>) -> Self {
        let topology = world.plan().topology;
        Self {
            inner: Clients::new(&boot, topology),
            balancer: Balancer::new(topology),
            world,
            boot,
        }
    }

    async fn deliver(
        &self,
        number: u64,
        request: Request<Bytes>,
        faults: &[Fault],
    ) -> Result<Response<Bytes>, ExchangeError> {
        let mut held = None;
        for fault in faults {
            match *fault {
                Fault::LoseRequest => return self.lost(number, Side::Before).await,
                Fault::Delay { millis } => held = Some(millis),
                Fault::Duplicate { copies } => {
                    for copy in 1..=copies {
                        self.copy(number, &request, COPY_AFTER * copy);
                    }
                }
                Fault::ReplayLate { millis } => {
                    self.copy(number, &request, Duration::from_millis(millis))
                }
                _ => {}
            }
        }
        match held {
            None => self.inner.exchange(request).await,
            Some(millis) => self.hold(number, request, millis).await,
        }
    }

    /// Lets the network deliver the request later: it arrives even if its sender has given up.
    async fn hold(
        &self,
        message: u64,
        request: Request<Bytes>,
        millis: u64,
    ) -> Result<Response<Bytes>, ExchangeError> {
        let side = Side::Before;
        self.world.note(
            self.boot.host,
            EventKind::Held {
                message,
                side,
                millis,
            },
        );
        let (answer, answered) = oneshot::channel();
        self.world.send_errand(Errand {
            message,
            request,
            after: Duration::from_millis(millis),
            answer: Some(answer),
        });
        answered
            .await
            .unwrap_or_else(|_| Err(ExchangeError::Broken("the network is gone".to_owned())))
    }

    /// Lets the network deliver a copy of the request, besides the original.
    fn copy(&self, message: u64, request: &Request<Bytes>, after: Duration) {
        if let Some((user, action, article)) = Message::of(request).unkeyed {
            self.world
                .look(|checker| checker.repeated_unkeyed(user, action, article));
        }
        self.world.send_errand(Errand {
            message,
            request: request.clone(),
            after,
            answer: None,
        });
    }

    /// Nothing will ever come: whoever waits must give up by itself.
    async fn lost(&self, message: u64, side: Side) -> Result<Response<Bytes>, ExchangeError> {
        self.world
            .note(self.boot.host, EventKind::Lost { message, side });
        std::future::pending().await
    }
}

#[async_trait]
impl Dialer for FaultyDialer {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        self.boot.awake().await;
        let request = self.balancer.direct(request);
        let message = Message::of(&request);
        let (number, faults) = self.world.sent(&self.boot, &message);
        // The fault may have been the end of this process, or made it stand still.
        self.boot.awake().await;
        let response = match self.deliver(number, request, &faults).await {
            Ok(response) => response,
            Err(error) => {
                let why = error.to_string();
                self.world.note(
                    self.boot.host,
                    EventKind::Failed {
                        message: number,
                        why,
                    },
                );
                return Err(error);
            }
        };
        self.boot.awake().await;
        let status = response.status().as_u16();
        for fault in self
            .world
            .replied(&self.boot, number, &message, status, response.body())
        {
            match fault {
                Fault::LoseReply => return self.lost(number, Side::After).await,
                Fault::Delay { millis } => {
                    let kind = EventKind::Held {
                        message: number,
                        side: Side::After,
                        millis,
                    };
                    self.world.note(self.boot.host, kind);
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
                _ => {}
            }
        }
        self.boot.awake().await;
        Ok(response)
    }
}
