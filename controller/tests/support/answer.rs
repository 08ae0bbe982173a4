//! How the API server puts its answers.

use std::{convert::Infallible, pin::Pin};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::StreamBody;
use hyper::{Response, body::Frame, header::HeaderValue};
use serde_json::{Value, json};

use super::store::Refused;

pub(crate) type Body = StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>>;

pub(crate) fn response(
    code: u16,
    body: Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>,
) -> Response<Body> {
    let response = Response::builder().status(code).header("content-type", "application/json");
    response.body(StreamBody::new(body)).unwrap()
}

pub(crate) fn json(code: u16, value: &Value) -> Response<Body> {
    let frame = Frame::data(Bytes::from(value.to_string()));
    response(code, stream::iter([Ok(frame)]).boxed())
}

pub(crate) fn refusal(refused: &Refused) -> Response<Body> {
    json(refused.0, &status(refused))
}

pub(crate) fn status((code, reason, message): &Refused) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message,
    })
}

/// A header and a line of text, and no `Status`.
pub(crate) fn too_many(seconds: u32) -> Response<Body> {
    let text = Frame::data(Bytes::from("Too many requests, please try again later.\n"));
    let mut response = response(429, stream::iter([Ok(text)]).boxed());
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert("retry-after", seconds.into());
    response
}
