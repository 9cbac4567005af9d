//! The body of a reply that goes on for as long as there is news: a stream of events.
//!
//! A stop of the service ends it, so no stop waits for it. Its client comes back to another process, or to this one when it runs
//! again.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use futures::future::BoxFuture;
use hyper::body::{Frame, SizeHint};
use tokio::sync::watch;

use super::progress::Progress;

/// Marks a reply whose body goes on for as long as there is news.
#[derive(Debug, Clone, Copy)]
struct StreamMark;

/// Marks a reply as one whose body goes on for as long as there is news. It is sent piece by piece: a client must read each
/// piece within the time for a reply, and a stop of the service ends it.
#[must_use]
pub fn live(mut response: Response) -> Response {
    response.extensions_mut().insert(StreamMark);
    response
}

pub(super) fn is_live(response: &Response) -> bool {
    response.extensions().get::<StreamMark>().is_some()
}

/// A live body, until the service stops.
pub(super) struct LiveBody {
    body: Body,
    stopped: BoxFuture<'static, ()>,
    progress: Arc<Progress>,
    is_over: bool,
}

impl LiveBody {
    pub(super) fn new(
        body: Body,
        mut stopping: watch::Receiver<()>,
        progress: Arc<Progress>,
    ) -> Self {
        let stopped = Box::pin(async move {
            // Fails if the server is gone, which is a stop, too.
            let _ = stopping.changed().await;
        });
        Self {
            body,
            stopped,
            progress,
            is_over: false,
        }
    }

    /// From now on the connection is as after any reply.
    fn end(&mut self) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_over = true;
        self.progress.live_ended();
        Poll::Ready(None)
    }
}

/// The answer to a `HEAD` has no body: it is dropped unread.
impl Drop for LiveBody {
    fn drop(&mut self) {
        self.progress.live_ended();
    }
}

impl HttpBody for LiveBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_over || self.stopped.as_mut().poll(cx).is_ready() {
            return self.end();
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(None) => self.end(),
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
