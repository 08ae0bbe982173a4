//! How an answer comes about: the virtual host that takes a request, and the routes that are passed over.

use std::fmt;

use serde::Serialize;

use crate::http_model::{Answer, NotServed, Request, Verdict};
use crate::simulator::{Served, Simulator};

/// An answer, and how it comes about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Trace {
    /// What the request gets.
    pub answer: Answer,
    /// The listener that it reaches; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<String>,
    /// The virtual host that takes it; `None` without a listener, a certificate or a virtual host for the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_host: Option<TracedHost>,
}

/// The virtual host that takes a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TracedHost {
    /// Its index in the listener.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its domain that takes the request.
    pub domain: String,
    /// The path as its routes see it.
    pub path: String,
    /// The routes that were tried before the one that matches, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// Index of the first route that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<usize>,
}

/// A route that does not match a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PassedOver {
    /// Its index.
    pub route: usize,
    /// For each of its matchers the first thing that does not match.
    pub mismatches: Vec<Mismatch>,
}

/// Why a matcher does not match a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mismatch {
    /// The path.
    Path {
        /// What it has to be: `prefix /cart`.
        expected: String,
    },
    /// A header.
    Header {
        /// Its name in lower case.
        name: String,
        /// What it has to be: `exactly "blue"`.
        expected: String,
        /// The values that the request has.
        found: Vec<String>,
    },
    /// A query parameter.
    Query {
        /// Its name.
        name: String,
        /// What it has to be.
        expected: String,
    },
    /// The method.
    Method {
        /// Those that match.
        expected: Vec<String>,
    },
}

impl Simulator {
    /// What a request gets, and how that comes about. The answer is that of [`answer`](Self::answer).
    ///
    /// ```
    /// # use gloo_proxy_model::Proxy;
    /// use knative_gloo_simulator::{Request, Simulator};
    ///
    /// let trace = Simulator::new(&Proxy::default()).trace(&Request::get("shop.example.com", "/"));
    /// assert_eq!(trace.listener, None);
    /// ```
    #[must_use]
    pub fn trace(&self, request: &Request) -> Trace {
        let answer = self.answer(request);
        let served = self.served(&request.transport);
        let is_refused = match &answer.verdict {
            Verdict::NotServed(NotServed::NoListener | NotServed::NoCertificate) => true,
            Verdict::NotServed(NotServed::NoHost | NotServed::NoRoute)
            | Verdict::Redirect { .. }
            | Verdict::Direct(_)
            | Verdict::Forward(_) => false,
        };
        let virtual_host = served.filter(|_| !is_refused).and_then(|served| served.trace(request));
        Trace { answer, listener: served.map(|served| served.name.clone()), virtual_host }
    }
}

impl Served {
    fn trace(&self, request: &Request) -> Option<TracedHost> {
        let authority = self.settings.authority(&request.authority).to_ascii_lowercase();
        let (place, domain) = self.domains.lookup(&authority)?;
        let host = self.hosts.get(place)?;
        let path = self.settings.path(&request.path);
        let mut passed_over = Vec::new();
        let mut route = None;
        for (index, candidate) in host.routes.iter().enumerate() {
            match candidate.check(&path, request) {
                Ok(_) => {
                    route = Some(index);
                    break;
                }
                Err(mismatches) => passed_over.push(PassedOver { route: index, mismatches }),
            }
        }
        let (name, domain) = (host.name.clone(), domain.text(&authority));
        Some(TracedHost { index: place, name, domain, path, passed_over, route })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { expected } => write!(f, "path: expected {expected}"),
            Self::Header { name, expected, found } if found.is_empty() => {
                write!(f, "header {name}: missing, expected {expected}")
            }
            Self::Header { name, expected, found } => {
                write!(f, "header {name}: {}, expected {expected}", found.join(", "))
            }
            Self::Query { name, expected } => write!(f, "query parameter {name}: expected {expected}"),
            Self::Method { expected } => write!(f, "method: expected {}", expected.join(" or ")),
        }
    }
}
