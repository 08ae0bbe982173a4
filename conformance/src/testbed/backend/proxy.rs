use std::net::SocketAddr;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, HeaderValue};

use super::{Body, answer, full};
use crate::testbed::client::{self, Request};

/// Headers that speak of one connection alone.
const HOP_BY_HOP: [&str; 7] =
    ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

pub(super) async fn handle(
    target_host: &str,
    gateway: SocketAddr,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Body> {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let mut onward = Request::get("http", target_host, &path).to(gateway);
    onward.method = request.method().to_string();
    for (name, value) in request.headers() {
        if name != HOST && !HOP_BY_HOP.contains(&name.as_str()) {
            onward = onward.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
    }
    match client::send(&onward).await {
        Err(error) => answer(502, error.to_string()),
        Ok(got) => {
            let mut response = answer(got.status, "");
            let kept = got.headers.iter().filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()));
            let kept: Vec<(HeaderName, HeaderValue)> =
                kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            response.headers_mut().extend(kept);
            *response.body_mut() = full(got.body);
            response
        }
    }
}
