use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::time::sleep;

use super::{App, Body, BodyError, answer, echo, grpc, proxy, websocket};

impl App {
    pub(super) async fn handle(
        &self,
        backend: &str,
        request: hyper::Request<Incoming>,
    ) -> hyper::Response<Body> {
        match self {
            Self::Echo => echo::handle(backend, &request),
            Self::Proxy { target_host, gateway } => proxy::handle(target_host, *gateway, request).await,
            Self::Timeout => wait(request.uri().query().unwrap_or_default()).await,
            Self::Retry { seen } => answer(if seen.swap(true, Ordering::SeqCst) { 200 } else { 503 }, ""),
            Self::Flaky { period, seen } => {
                let number = seen.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
                answer(if number.checked_rem(*period) == Some(0) { 200 } else { 500 }, "")
            }
            Self::WebSocket { suffix } => websocket::handle(suffix, request),
            Self::Grpc { suffix } => grpc::handle(suffix, request).await,
        }
    }
}

/// Sleeps before the headers and between headers and body, as the query says.
async fn wait(query: &str) -> hyper::Response<Body> {
    let milliseconds = |wanted: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.filter(|(name, _)| *name == wanted).find_map(|(_, value)| value.parse().ok());
        Duration::from_millis(value.unwrap_or_default())
    };
    sleep(milliseconds("initialTimeout")).await;
    let before_body = milliseconds("timeout");
    let late = stream::once(async move {
        sleep(before_body).await;
        Ok::<_, BodyError>(Frame::data(bytes::Bytes::from_static(b"done")))
    });
    answer(200, "").map(|_| StreamBody::new(late).boxed_unsync())
}
