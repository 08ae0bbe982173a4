//! The backends of the suite, in this process and on loopback. Each takes HTTP/1.1 and h2c on one port, and answers
//! Knative's probes before the application sees them.

mod app;
mod certificate;
mod echo;
mod grpc;
mod probe;
mod proxy;
mod server;
mod websocket;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

pub use certificate::Certificate;
pub use echo::Echo;
pub use server::Backend;

/// What a backend does with a request that is not a probe.
#[derive(Debug)]
pub enum App {
    /// Answers what it was asked, as JSON.
    Echo,
    /// Sends every request on to a gateway, with another host.
    Proxy {
        /// The host that the gateway gets to see.
        target_host: String,
        /// The gateway.
        gateway: SocketAddr,
    },
    /// Sleeps `?initialTimeout` milliseconds, sends its headers, sleeps `?timeout` milliseconds, sends its body.
    Timeout,
    /// Answers the first request 503 and all others 200.
    Retry {
        /// Whether the first has come.
        seen: AtomicBool,
    },
    /// Answers every n-th request 200 and all others 500: the suite of January 2020.
    Flaky {
        /// n.
        period: u64,
        /// How many have come.
        seen: AtomicU64,
    },
    /// Echoes each text message with a space and this behind it.
    WebSocket {
        /// What stands behind each message.
        suffix: String,
    },
    /// `ping.PingService`: echoes each message with this behind it.
    Grpc {
        /// What stands behind each message.
        suffix: String,
    },
}

/// Anything that goes wrong while a body is sent.
type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
type Body = UnsyncBoxBody<bytes::Bytes, BodyError>;

fn full(bytes: impl Into<bytes::Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

fn answer(status: u16, body: impl Into<bytes::Bytes>) -> hyper::Response<Body> {
    let mut response = hyper::Response::new(full(body));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
