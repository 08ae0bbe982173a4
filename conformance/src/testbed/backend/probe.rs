use hyper::header::{HeaderName, HeaderValue};

use super::{Body, answer};

const PROBE: HeaderName = HeaderName::from_static("k-network-probe");
const HASH: HeaderName = HeaderName::from_static("k-network-hash");

/// Answers a probe of Knative's; what is none goes on to the application, without the hash.
pub(super) fn handle<B>(request: &mut hyper::Request<B>) -> Option<hyper::Response<Body>> {
    let is_probe = request.headers().get(PROBE).is_some_and(|value| value == "probe");
    let hash = request.headers_mut().remove(HASH);
    if !is_probe {
        return None;
    }
    let hash: Option<HeaderValue> = hash.filter(|hash| !hash.is_empty());
    Some(match hash {
        None => answer(400, format!("a probe request must contain a non-empty {HASH} header")),
        Some(hash) => {
            let mut response = answer(200, "");
            response.headers_mut().insert(HASH, hash);
            response
        }
    })
}
