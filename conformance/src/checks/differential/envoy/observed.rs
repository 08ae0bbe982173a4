use std::collections::BTreeMap;

use knative_gloo_simulator::{Answer, Forward, NotServed, SecretName, Share, Verdict};

/// What became of a request in the real Envoy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Nothing listens there.
    Refused,
    /// The TLS handshake was broken off.
    NoHandshake,
    /// The connection broke.
    Broken(String),
    /// There was an answer.
    Answered {
        /// The Secret whose certificate was shown.
        certificate: Option<SecretName>,
        /// The status.
        status: u16,
        /// The header `location`.
        location: Option<String>,
        /// What the backend saw, if it was a backend that answered.
        seen: Option<Seen>,
    },
}

/// A request as a backend saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `namespace/name:port` of the Service.
    pub backend: String,
    /// The path with its query.
    pub path: String,
    /// The authority.
    pub host: String,
    /// The other headers, without those that Envoy adds of itself: values by lower-case name.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The time limit that Envoy tells the backend, in milliseconds.
    pub timeout: Option<u64>,
}

impl Seen {
    /// Reads what a backend answers: its name, then the head of the request.
    pub(super) fn read(body: &str) -> Self {
        let mut lines = body.split("\r\n");
        let mut seen = Self { backend: lines.next().unwrap_or_default().to_owned(), ..Self::default() };
        seen.path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let (name, value) = (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned());
            match name.as_str() {
                "host" => seen.host = value,
                "x-envoy-expected-rq-timeout-ms" => seen.timeout = value.parse().ok(),
                "x-forwarded-proto" | "x-request-id" | "x-envoy-original-host" => {}
                _ => seen.headers.entry(name).or_default().push(value),
            }
        }
        seen
    }
}

impl Observed {
    /// Whether it is what was expected, and which of several backends was chosen, by its weight.
    ///
    /// # Errors
    /// What is different.
    pub fn chosen(&self, expected: &Answer) -> Result<Option<u64>, &'static str> {
        let Answer { certificate: wanted, verdict } = expected;
        let (certificate, status, location, seen) = match (self, verdict) {
            (Self::Refused, Verdict::NotServed(NotServed::NoListener))
            | (Self::NoHandshake, Verdict::NotServed(NotServed::NoCertificate)) => return Ok(None),
            (Self::Refused, _) => return Err("no listener"),
            (Self::NoHandshake, _) => return Err("no handshake"),
            (Self::Broken(_), _) => return Err("a broken connection"),
            (Self::Answered { certificate, status, location, seen }, _) => {
                (certificate, *status, location, seen)
            }
        };
        if certificate != wanted {
            return Err("another certificate");
        }
        match verdict {
            Verdict::NotServed(NotServed::NoListener | NotServed::NoCertificate) => Err("a connection"),
            Verdict::NotServed(NotServed::NoHost | NotServed::NoRoute) if status == 404 => Ok(None),
            Verdict::Direct(wanted) if *wanted == status => Ok(None),
            Verdict::Redirect { status: wanted, location: to } if *wanted == status => {
                if location.as_deref().map(without_port) == Some(without_port(to)) {
                    Ok(None)
                } else {
                    Err("another location")
                }
            }
            // A time limit of a few milliseconds is easily missed.
            Verdict::Forward(forward) if status == 504 && is_short(forward) => Ok(None),
            Verdict::Forward(forward) => match seen {
                Some(seen) => seen.share(forward).map(|share| Some(share.weight)),
                None => Err("no backend"),
            },
            Verdict::NotServed(_) | Verdict::Direct(_) | Verdict::Redirect { .. } => Err("another status"),
        }
    }
}

fn is_short(forward: &Forward) -> bool {
    let of_try = forward.retries.and_then(|retries| retries.per_try_timeout);
    [forward.timeout, of_try].into_iter().flatten().any(|nanos| nanos < 1_000_000_000)
}

/// A location without `:443`, which says nothing in `https`.
fn without_port(location: &str) -> String {
    match location.strip_prefix("https://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
        Some((host, path)) => format!("https://{}/{path}", host.strip_suffix(":443").unwrap_or(host)),
        None => location.to_owned(),
    }
}

impl Seen {
    fn share<'a>(&self, forward: &'a Forward) -> Result<&'a Share, &'static str> {
        let Forward { host, path, timeout, retries, backends } = forward;
        if self.host != *host {
            return Err("another host");
        }
        if self.path != *path {
            return Err("another path");
        }
        // With tries of their own limit, that is what a backend is told.
        let told = timeout.map(|nanos| u64::try_from(nanos).unwrap_or_default().div_euclid(1_000_000));
        if retries.is_none() && self.timeout != told {
            return Err("another timeout");
        }
        let named: Vec<&Share> = backends
            .iter()
            .filter(|share| format!("{}:{}", share.service, share.port) == self.backend)
            .collect();
        if named.is_empty() {
            return Err("another backend");
        }
        named.into_iter().find(|share| share.headers == self.headers).ok_or("other headers")
    }
}
