//! The HTTP client of a simulated process: it loses, repeats, delays and replays requests as the faults say.
//!
//! turmoil repeats and reorders no TCP messages, so these faults work on whole requests, between a service and its real
//! client.
//!
//! ```text
//!  exchange ─► balancer ─► sent (faults due?) ─► deliver ─► replied (faults due?) ─► pass on ─► caller
//!                                                  └─► network host, for what is held back or copied
//! ```

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use likewise_saga::{
    bound::{Bound, within},
    env::{ExchangeError, HttpClient},
};
use tokio::sync::oneshot;

use super::{
    arrivals,
    balancer::Balancer,
    delivery::{Hold, PendingDelivery},
    message::{self, Link, Message},
    sockets::Clients,
    withheld_body::withhold,
};
use crate::{
    check::{AlertMessage, ClientOp},
    handle::World,
    plan::{Fault, MessageKind, Side},
    process::incarnation::Incarnation,
    record::EventKind,
};

/// The delay between a request and its first copy, and between two copies.
const COPY_AFTER: Duration = Duration::from_millis(7);

/// The HTTP client of one process.
pub struct FaultyHttpClient {
    world: World,
    incarnation: Arc<Incarnation>,
    balancer: Balancer,
    inner: Clients,
}

impl FaultyHttpClient {
    /// A client of this process.
    #[must_use]
    pub fn new(world: World, incarnation: Arc<Incarnation>) -> Self {
        Self {
            inner: Clients::new(&incarnation, world.hosts()),
            balancer: Balancer::new(world.hosts().clone()),
            world,
            incarnation,
        }
    }

    /// Delivers a request under these faults. It moves the request out, which saves a copy of the body.
    async fn deliver(
        &self,
        number: u64,
        link: Link,
        request: &mut Request<Bytes>,
        faults: &[Fault],
    ) -> Result<Response<Bytes>, ExchangeError> {
        let mut held = None;
        for fault in faults {
            match *fault {
                Fault::LoseRequest => return self.lost(number, Side::Before).await,
                Fault::Forge { status } => return forged(status),
                Fault::Truncate { .. } if request.body().is_empty() => return Err(cut_short()),
                Fault::Truncate { keep_percent } => shorten(request.body_mut(), keep_percent),
                Fault::Delay { millis } => held = Some(Hold::For(Duration::from_millis(millis))),
                Fault::Reorder => held = Some(Hold::UntilOvertaken(self.world.overtaken(link))),
                Fault::Duplicate { copies } => {
                    for copy in 1..=copies {
                        self.copy(number, request, COPY_AFTER * copy);
                    }
                }
                Fault::ReplayLate { millis } => {
                    self.copy(number, request, Duration::from_millis(millis));
                }
                _ => {}
            }
        }
        if let Some(hold) = &held {
            let millis = hold.millis_max();
            self.held(number, Side::Before, millis);
        }
        let slow = self.world.link_delay(link);
        let request = std::mem::take(request);
        match held.or_else(|| slow.map(Hold::For)) {
            None => self.inner.exchange(request).await,
            Some(hold) => self.hold(number, request, hold).await,
        }
    }

    /// Delivers a request, unless a fault says that the client leaves while it waits.
    ///
    /// Dropping the delivery closes the connection, as a client that goes away does. The request may already have
    /// arrived.
    async fn deliver_or_leave(
        &self,
        number: u64,
        link: Link,
        request: &mut Request<Bytes>,
        faults: &[Fault],
    ) -> Result<Response<Bytes>, ExchangeError> {
        let leaves = faults.iter().find_map(|fault| match *fault {
            Fault::Disconnect { after_millis } => Some(Duration::from_millis(after_millis)),
            _ => None,
        });
        let withholds = faults.iter().find_map(|fault| match *fault {
            Fault::WithheldBody { millis } => Some(Duration::from_millis(millis)),
            _ => None,
        });
        if let Some(lasts) = withholds {
            return Err(withhold(&self.incarnation, request, lasts).await);
        }
        let delivery = self.deliver(number, link, request, faults);
        match leaves {
            None => delivery.await,
            Some(after) => within(Bound::new("the connection", after), delivery)
                .await
                .unwrap_or_else(|_| Err(ExchangeError::NoReply("the client left".to_owned()))),
        }
    }

    /// Passes a reply on under these faults.
    ///
    /// The effect has happened, so everything here is about what the sender learns of it.
    async fn pass_on(
        &self,
        number: u64,
        link: Link,
        mut response: Response<Bytes>,
        faults: Vec<Fault>,
    ) -> Result<Response<Bytes>, ExchangeError> {
        for fault in faults {
            match fault {
                Fault::LoseReply => return self.lost(number, Side::After).await,
                Fault::Forge { status } => response = forged(status)?,
                Fault::Truncate { .. } if response.body().is_empty() => return Err(cut_short()),
                Fault::Truncate { keep_percent } => shorten(response.body_mut(), keep_percent),
                Fault::Delay { millis } => {
                    self.held(number, Side::After, millis);
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
                _ => {}
            }
        }
        if let Some(slow) = self.world.link_delay(link) {
            tokio::time::sleep(slow).await;
        }
        Ok(response)
    }

    fn held(&self, message: u64, side: Side, millis: u64) {
        let kind = EventKind::Delayed {
            message,
            side,
            millis,
        };
        self.world.note(self.incarnation.host, kind);
    }

    /// Gives the request to the network host, which delivers it later, even if the sender has given up.
    async fn hold(
        &self,
        message: u64,
        request: Request<Bytes>,
        hold: Hold,
    ) -> Result<Response<Bytes>, ExchangeError> {
        let (answer, answered) = oneshot::channel();
        self.world.deliver_later(PendingDelivery {
            message,
            content: Message::of(self.world.system(), &request),
            request,
            hold,
            answer: Some(answer),
        });
        answered
            .await
            .unwrap_or_else(|_| Err(ExchangeError::NoReply("the network is gone".to_owned())))
    }

    /// Gives a copy of the request to the network host.
    fn copy(&self, message: u64, request: &Request<Bytes>, after: Duration) {
        let system = self.world.system();
        // The checks must know of the copy before it can have an effect. A message of the kit, such as a watermark, is no
        // operation, although its body may be read as one.
        if !message::is_keyed(request)
            && system.is_operation(request.method(), request.uri().path())
            && let Some(what) = system.operation_of(request)
        {
            let copy = ClientOp::unkeyed_copy(system.client(&what), what);
            self.world
                .with_checker(|checker| checker.repeated_unkeyed(copy));
        }
        self.world.deliver_later(PendingDelivery {
            message,
            content: Message::of(self.world.system(), request),
            request: request.clone(),
            hold: Hold::For(after),
            answer: None,
        });
    }

    fn failed(&self, message: u64, error: &ExchangeError) {
        let why = error.to_string();
        self.world
            .note(self.incarnation.host, EventKind::Failed { message, why });
    }

    /// A message is lost: the sender hears nothing, and must time out.
    ///
    /// It never returns, because a real network does not report a lost packet either. The caller's own time-out ends
    /// the wait.
    async fn lost(&self, message: u64, side: Side) -> Result<Response<Bytes>, ExchangeError> {
        self.world
            .note(self.incarnation.host, EventKind::Lost { message, side });
        std::future::pending().await
    }
}

#[async_trait]
impl HttpClient for FaultyHttpClient {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        self.incarnation.awake().await;
        let mut request = self.balancer.direct(request);
        if self.world.is_bare() {
            return self.inner.exchange(request).await;
        }
        let message = Message::of(self.world.system(), &request);
        let link = (self.incarnation.host, message.to);
        let (number, faults) =
            self.world
                .sent(&self.incarnation, &message, message::path(&request));
        if message.what == MessageKind::ALERT {
            let alert = AlertMessage::read(request.headers(), request.body());
            self.world.alert_sent(&self.incarnation, alert.as_ref());
        }
        arrivals::mark(&mut request, number);
        // A fault at this message may have killed or paused this process.
        self.incarnation.awake().await;
        let delivered = self
            .deliver_or_leave(number, link, &mut request, &faults)
            .await;
        let response = delivered.inspect_err(|error| self.failed(number, error))?;
        self.incarnation.awake().await;
        let status = response.status().as_u16();
        let faults =
            self.world
                .replied(&self.incarnation, number, &message, status, response.body());
        let passed_on = self.pass_on(number, link, response, faults).await;
        let response = passed_on.inspect_err(|error| self.failed(number, error))?;
        self.incarnation.awake().await;
        Ok(response)
    }
}

/// The answer of a proxy in the place of the service.
fn forged(status: u16) -> Result<Response<Bytes>, ExchangeError> {
    let response = Response::builder().status(status).body(Bytes::new());
    response.map_err(|error| ExchangeError::NoReply(error.to_string()))
}

/// Keeps the beginning of a body.
fn shorten(body: &mut Bytes, keep_percent: u8) {
    body.truncate(body.len() * usize::from(keep_percent) / 100);
}

/// A message without a body cannot be truncated. Its connection breaks instead.
fn cut_short() -> ExchangeError {
    ExchangeError::NoReply("the connection was closed in the middle of a message".to_owned())
}
