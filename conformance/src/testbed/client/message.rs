use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::HeaderMap;

use super::Trust;

/// Which HTTP is spoken. Without TLS, HTTP/2 starts by prior knowledge (h2c).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2.
    Http2,
}

/// A request and where it goes.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method; `GET` unless changed.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The `Host` header or `:authority`, with a port or without.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Further headers, in this order; a name may stand several times.
    pub headers: Vec<(String, String)>,
    /// Where to connect to.
    pub address: SocketAddr,
    /// HTTP/1.1 unless changed.
    pub protocol: Protocol,
    /// Whose certificates are trusted, for `https`.
    pub trust: Trust,
    /// The server name of the TLS handshake, where it isn't the host.
    pub server_name: Option<String>,
    /// How long the whole of it may take; a minute unless changed.
    pub time_limit: Duration,
    /// The body.
    pub body: Arc<[u8]>,
}

impl Request {
    /// A `GET` without further headers. It goes nowhere until [`to`](Self::to) says where.
    pub fn get(scheme: &str, host: &str, path: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            headers: Vec::new(),
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            protocol: Protocol::Http1,
            trust: Trust::Anyone,
            server_name: None,
            time_limit: Duration::from_secs(60),
            body: Arc::default(),
        }
    }

    /// Where to connect to.
    #[must_use]
    pub fn to(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Over this protocol.
    #[must_use]
    pub fn over(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Trusting only these certificates.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
    /// The certificate that the server showed, DER; none without TLS.
    pub certificate: Option<Vec<u8>>,
}

impl Response {
    /// The first value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
