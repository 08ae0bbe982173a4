use std::collections::BTreeMap;

use hyper::Version;
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};

use super::{Body, answer};

/// What the echo backend answers: who it is, and what it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Echo {
    /// Who answers.
    pub host: EchoHost,
    /// What was asked.
    pub request: EchoRequest,
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoHost {
    /// The backend's name: its Service.
    pub name: String,
}

/// A request as the backend saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EchoRequest {
    /// Path and query.
    pub uri: String,
    /// `Host` or `:authority`.
    pub host: String,
    /// The method.
    pub method: String,
    /// All values of each header, its name in canonical case (`Foo-Bar`).
    pub headers: BTreeMap<String, Vec<String>>,
    /// The 1 of HTTP/1.1.
    pub proto_major: u8,
    /// The .1 of HTTP/1.1.
    pub proto_minor: u8,
}

impl Echo {
    /// The first value of a header, by its canonical name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|values| values.first()).map(String::as_str)
    }
}

pub(super) fn handle(backend: &str, request: &hyper::Request<Incoming>) -> hyper::Response<Body> {
    if request.uri().path() == "/healthz" {
        let agent = request.headers().get(hyper::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let by_kubelet = agent.is_some_and(|agent| agent.starts_with("kube-probe/"));
        return answer(if by_kubelet { 200 } else { 400 }, "");
    }
    let echo = Echo { host: EchoHost { name: backend.to_owned() }, request: describe(request) };
    match serde_json::to_vec(&echo) {
        Ok(json) => answer(200, json),
        Err(error) => answer(500, error.to_string()),
    }
}

fn describe(request: &hyper::Request<Incoming>) -> EchoRequest {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.headers() {
        if name != hyper::header::HOST {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.entry(canonical(name.as_str())).or_default().push(value);
        }
    }
    let host = request.headers().get(hyper::header::HOST).and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let (proto_major, proto_minor) = match request.version() {
        Version::HTTP_2 => (2, 0),
        Version::HTTP_10 => (1, 0),
        _ => (1, 1),
    };
    EchoRequest {
        uri: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        host: authority.or(host).unwrap_or_default().to_owned(),
        method: request.method().to_string(),
        headers,
        proto_major,
        proto_minor,
    }
}

/// `foo-bar` as Go writes it: `Foo-Bar`.
fn canonical(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}
