//! How long an API server asks to be left alone.
//!
//! One that has too much to do answers 429 with the header `Retry-After` and a line of text. kube (5.0) makes an error of the body alone,
//! so [`keep_retry_after`] puts what the header says into the body, where a `Status` has a field for it.

use std::time::Duration;

use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::BodyExt;
use kube::{
    Client, Error,
    client::Body,
    core::{Status, response::StatusDetails},
};
use tower::service_fn;

/// The same client, but whose errors know the header `Retry-After`.
pub(crate) fn keep_retry_after(client: &Client) -> Client {
    let inner = client.clone();
    let service = service_fn(move |request: Request<Body>| {
        let client = inner.clone();
        async move {
            let response = client.send(request).await?;
            match seconds(&response) {
                Some(seconds) => with_status(response, seconds).await,
                None => Ok(response),
            }
        }
    });
    Client::new(service, client.default_namespace())
}

/// What a refusal asks for; a date, which HTTP allows too, no API server sends.
fn seconds<B>(response: &Response<B>) -> Option<u32> {
    let is_refusal =
        response.status() == StatusCode::TOO_MANY_REQUESTS || response.status().is_server_error();
    let value = response.headers().get(RETRY_AFTER).filter(|_| is_refusal)?;
    value.to_str().ok()?.trim().parse().ok()
}

/// The refusal with a body that says how long to wait.
async fn with_status(response: Response<Body>, seconds: u32) -> Result<Response<Body>, Error> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut status = serde_json::from_slice::<Status>(&body).unwrap_or_else(|_| {
        let reason = parts.status.canonical_reason().unwrap_or_default();
        Status::failure(String::from_utf8_lossy(&body).trim(), reason).with_code(parts.status.as_u16())
    });
    let details = status.details.get_or_insert_with(|| StatusDetails {
        name: String::new(),
        group: String::new(),
        kind: String::new(),
        uid: String::new(),
        causes: Vec::new(),
        retry_after_seconds: 0,
    });
    if details.retry_after_seconds == 0 {
        details.retry_after_seconds = seconds;
    }
    let status = serde_json::to_vec(&status).map_err(Error::SerdeError)?;
    Ok(Response::from_parts(parts, Body::from(status)))
}

/// How long the server has asked to be left alone; zero if it hasn't.
pub(crate) fn asked_pause(error: &Error) -> Duration {
    let details = if let Error::Api(status) = error { status.details.as_ref() } else { None };
    Duration::from_secs(details.map_or(0, |details| details.retry_after_seconds).into())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::Api;

    use super::*;

    /// What a client is told that is answered so: code, message and the pause that is asked for.
    async fn told(code: u16, retry_after: Option<&'static str>, body: &'static str) -> (u16, String, u64) {
        let service = service_fn(move |_: Request<Body>| async move {
            let response = Response::builder().status(code);
            let response = match retry_after {
                Some(value) => response.header(RETRY_AFTER, value),
                None => response,
            };
            Ok::<_, Error>(response.body(Body::from(body.as_bytes().to_vec())).unwrap())
        });
        let client = keep_retry_after(&Client::new(service, "default"));
        let error = Api::<ConfigMap>::default_namespaced(client).get("any").await.unwrap_err();
        let pause = asked_pause(&error).as_secs();
        let Error::Api(status) = error else { panic!("{error}") };
        (status.code, status.message, pause)
    }

    #[tokio::test]
    async fn retry_after_header_is_parsed() {
        let line = "Too many requests, please try again later.";
        assert_eq!(
            told(429, Some("7"), "Too many requests, please try again later.\n").await,
            (429, line.to_owned(), 7)
        );
        assert_eq!(told(503, Some("2"), "").await, (503, String::new(), 2));
        let status =
            r#"{"kind": "Status", "status": "Failure", "code": 429, "message": "being initialized"}"#;
        assert_eq!(told(429, Some("3"), status).await, (429, "being initialized".to_owned(), 3));
        let with_details =
            r#"{"kind": "Status", "code": 429, "message": "wait", "details": {"retryAfterSeconds": 9}}"#;
        assert_eq!(told(429, Some("3"), with_details).await, (429, "wait".to_owned(), 9));
    }

    #[tokio::test]
    async fn response_without_retry_after_is_unchanged() {
        assert_eq!(told(429, None, "busy").await, (429, "busy".to_owned(), 0));
        assert_eq!(told(429, Some("soon"), "busy").await, (429, "busy".to_owned(), 0));
        assert_eq!(told(404, Some("5"), "not here").await, (404, "not here".to_owned(), 0));
    }
}
