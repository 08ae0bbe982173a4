//! The clients of the suite: HTTP/1.1, HTTP/2 with and without TLS, gRPC and WebSocket. Each dials an address that it
//! is given, whatever the URL's host is, as the suite's own client does.

mod connection;
mod grpc;
mod message;
mod tls;
mod websocket;

pub use connection::{Connection, send, status};
pub use grpc::{GrpcChannel, PingStream};
pub use message::{Protocol, Request, Response};
pub use tls::Trust;
pub(crate) use tls::config as tls_config;
pub use websocket::WebSocket;

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address refuses connections or does not answer.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(String),
    /// The request cannot be written down as HTTP.
    #[error("not a request: {0}")]
    Unsendable(String),
    /// The connection broke, or what came over it was not HTTP.
    #[error("HTTP: {0}")]
    Http(String),
    /// The stream ended with an error status.
    #[error("gRPC: {0}")]
    Grpc(String),
    /// The WebSocket handshake or a message failed.
    #[error("WebSocket: {0}")]
    WebSocket(String),
    /// No answer within the request's time limit.
    #[error("no answer in time")]
    TimedOut,
}

impl ClientError {
    /// Whether nothing listens there: what the suite takes for an answer where it wants no route.
    pub fn is_dial_error(&self) -> bool {
        matches!(self, Self::Connect(_))
    }
}
