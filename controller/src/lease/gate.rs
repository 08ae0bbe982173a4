//! The gate that all writes pass: it is open to the holder of the Lease alone.

use http::{Method, Request};
use kube::{Client, Error, client::Body};
use tower::service_fn;

use super::Leadership;

/// The same client, but one that sends no request that writes unless the Lease is held at that moment. Whatever took its time
/// before that, as compressing a Proxy or the first of two requests, is over by then.
pub(crate) fn gate_writes(client: &Client, leadership: &Leadership) -> Client {
    let (inner, leadership) = (client.clone(), leadership.clone());
    let service = service_fn(move |request: Request<Body>| {
        let (client, leadership) = (inner.clone(), leadership.clone());
        async move {
            let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
            if is_read || leadership.is_held() {
                client.send(request).await
            } else {
                Err(Error::Service("not sent, since this replica does not hold the lease".into()))
            }
        }
    });
    Client::new(service, client.default_namespace())
}
