//! Makes two faults of a watch visible to [`kube::runtime::watcher()`], which does not see them by itself.
//!
//! As of kube 5.0 the watcher
//!
//! - opens a watch that ended without an event again at once and yields nothing in between, so nobody can pause: an API
//!   server, or a proxy before it, that ends each watch at once is asked as fast as the network allows;
//! - asks again for the same version when a watch is answered with the HTTP status 410 rather than with 200 and an `ERROR`
//!   event in the stream, for ever. Only the latter makes it list anew.
//!
//! Both are made into what the watcher knows, one level below it: the body of a watch that ends early and empty ends with an
//! error, and the answer 410 becomes the event. A pause after each error is then all that is left to do. Nothing here is
//! special to this program.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Either, Full};
use kube::{Client, Error, client::Body};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::service_fn;

/// A watch that ends sooner, without having told anything, has failed. API servers let them last for minutes.
const SHORTEST: Duration = Duration::from_secs(1);

/// The same client, but for the two faults of watches.
pub(crate) fn surface_watch_faults(client: &Client) -> Client {
    let inner = client.clone();
    let service = service_fn(move |request: Request<Body>| {
        let client = inner.clone();
        async move {
            let is_watch = is_watch(&request);
            let response = client.send(request).await?;
            if is_watch && response.status() == StatusCode::GONE {
                gone_as_event(response).await
            } else {
                Ok(response.map(|body| Either::Left(WatchBody::new(body, is_watch))))
            }
        }
    });
    Client::new(service, client.default_namespace())
}

fn is_watch<T>(request: &Request<T>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"))
}

type AnyBody = Either<
    WatchBody,
    http_body_util::combinators::MapErr<Full<Bytes>, fn(std::convert::Infallible) -> Error>,
>;

/// The answer 410, as the event that says the same.
async fn gone_as_event(response: Response<Body>) -> Result<Response<AnyBody>, Error> {
    let body = response.into_body().collect().await?.to_bytes();
    let status: Value = serde_json::from_slice(&body).ok().filter(Value::is_object).unwrap_or_else(|| {
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410})
    });
    let line = format!("{}\n", json!({"type": "ERROR", "object": status}));
    let never: fn(std::convert::Infallible) -> Error = |never| match never {};
    Ok(Response::new(Either::Right(Full::new(Bytes::from(line)).map_err(never))))
}

/// A body that fails where it ends early and empty, if it is that of a watch.
struct WatchBody {
    body: Body,
    opened: Instant,
    /// Whether nothing has come so far, of a watch.
    is_silent: bool,
}

impl WatchBody {
    fn new(body: Body, is_watch: bool) -> Self {
        Self { body, opened: Instant::now(), is_silent: is_watch }
    }
}

impl http_body::Body for WatchBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let was_silent = std::mem::take(&mut self.is_silent);
        let is_end = !matches!(frame, Some(Ok(_)));
        Poll::Ready(if is_end && was_silent && self.opened.elapsed() < SHORTEST {
            // Not with the cause as its source: kube passes over one that says "unexpected end of file".
            let cause = frame.and_then(Result::err).map(|error| format!(": {error}")).unwrap_or_default();
            Some(Err(Error::Service(format!("the watch ended at once{cause}").into())))
        } else {
            frame
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::StreamExt;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::{
        Api,
        runtime::watcher::{self, Event, watcher},
    };

    use super::*;

    /// What kube's watcher yields where lists are empty and each watch is answered by `answer`; and how often it watched.
    async fn yields(answer: fn() -> Response<Full<Bytes>>, items: usize) -> (Vec<String>, usize) {
        let watches = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&watches);
        let service = service_fn(move |request: Request<Body>| {
            let is_watch = is_watch(&request);
            counted.fetch_add(usize::from(is_watch), Ordering::Relaxed);
            let list = r#"{"metadata": {"resourceVersion": "7"}, "items": []}"#;
            let response = if is_watch { answer() } else { Response::new(Full::from(list)) };
            async move { Ok::<_, Error>(response) }
        });
        let client = surface_watch_faults(&Client::new(service, "default"));
        let events = watcher(Api::<ConfigMap>::all(client), watcher::Config::default());
        let events: Vec<_> = events.take(items).map(|event| name(&event)).collect().await;
        (events, watches.load(Ordering::Relaxed))
    }

    fn name(event: &watcher::Result<Event<ConfigMap>>) -> String {
        match event {
            Ok(event) => event.to_string(),
            Err(watcher::Error::WatchError(status)) => format!("error {}", status.code),
            Err(error) => crate::ErrorChain(error).to_string(),
        }
    }

    #[tokio::test]
    async fn watch_that_ends_at_once_is_an_error() {
        let (events, watches) = yields(|| Response::new(Full::default()), 5).await;
        assert_eq!(events[..2], ["Init", "InitDone"]);
        assert!(events[2..].iter().all(|event| event.contains("the watch ended at once")), "{events:?}");
        assert_eq!(watches, 3);
    }

    #[tokio::test]
    async fn watch_answered_410_gone_is_relisted() {
        let gone = || {
            let status = r#"{"kind": "Status", "code": 410, "message": "too old"}"#;
            Response::builder().status(410).body(Full::from(status)).unwrap()
        };
        let (events, _) = yields(gone, 5).await;
        assert_eq!(events, ["Init", "InitDone", "error 410", "Init", "InitDone"]);
        let without_status = || Response::builder().status(410).body(Full::from("gone")).unwrap();
        assert_eq!(yields(without_status, 5).await.0, events);
    }

    #[tokio::test]
    async fn watch_that_delivered_an_event_may_end() {
        let event = || {
            let object = r#"{"metadata": {"name": "a", "resourceVersion": "8"}}"#;
            Response::new(Full::from(format!("{{\"type\": \"ADDED\", \"object\": {object}}}\n")))
        };
        let (events, _) = yields(event, 4).await;
        assert_eq!(events, ["Init", "InitDone", "Apply(a)", "Apply(a)"]);
    }
}
