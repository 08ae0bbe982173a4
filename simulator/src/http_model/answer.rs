use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The Secret whose certificate the client is shown; `None` without TLS or without a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SecretName>,
    /// The answer itself.
    pub verdict: Verdict,
}

/// A Secret: `namespace/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretName(pub String);

impl SecretName {
    /// The Secret of that namespace and name.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self(format!("{namespace}/{name}"))
    }
}

/// What a gateway does with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nobody serves it.
    NotServed(NotServed),
    /// The gateway answers a redirect by itself.
    Redirect {
        /// The status.
        status: u16,
        /// The header `location`.
        location: String,
    },
    /// The gateway answers by itself with this status.
    Direct(u16),
    /// A backend gets it.
    Forward(Box<Forward>),
}

/// Why nobody serves a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotServed {
    /// The gateway does not listen: the connection is refused.
    NoListener,
    /// No certificate is for the server name: the handshake is broken off.
    NoCertificate,
    /// Nobody has the host: 404.
    NoHost,
    /// The host has no path for it: 404.
    NoRoute,
}

/// How a request is forwarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Forward {
    /// The authority that the backend sees.
    pub host: String,
    /// The path with its query that the backend sees.
    pub path: String,
    /// Time limit of the whole request in nanoseconds; `None` is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// More tries; `None` is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// The backends among which one is chosen, each with its share. In the order of [`Share`], equal ones once.
    pub backends: Vec<Share>,
}

/// More tries on a 5xx or a failed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retries {
    /// How many more.
    pub attempts: u32,
    /// Time limit of each in nanoseconds; `None` is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<i64>,
}

/// A backend, its share and what it sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Share {
    /// `namespace/name` of the Service.
    pub service: String,
    /// Its port.
    pub port: u32,
    /// Its share: percent where the shares are whole percents, else parts of their sum.
    pub weight: u64,
    /// The headers of the client's request and those that were set, without those that were taken away: values by lower-case
    /// name, without blanks around them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Vec<String>>,
}

impl Verdict {
    /// The status that the client sees from the gateway itself; `None` where a backend answers or there is no connection.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::NotServed(NotServed::NoHost | NotServed::NoRoute) => Some(404),
            Self::Redirect { status, location: _ } => Some(*status),
            Self::Direct(status) => Some(*status),
            Self::NotServed(NotServed::NoListener | NotServed::NoCertificate) | Self::Forward(_) => None,
        }
    }
}

impl From<NotServed> for Verdict {
    fn from(why: NotServed) -> Self {
        Self::NotServed(why)
    }
}

impl Share {
    /// Puts shares into one form: without those of weight 0, equal ones added up, in order, and in percent if possible.
    pub fn canonical(shares: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<Self> = shares.into_iter().filter(|share| share.weight > 0).collect();
        if let [only] = all.as_mut_slice() {
            only.weight = 100;
            return all;
        }
        all.sort_by(|a, b| a.key().cmp(&b.key()));
        all.dedup_by(|next, kept| {
            let same = next.key() == kept.key();
            if same {
                kept.weight = kept.weight.saturating_add(next.weight);
            }
            same
        });
        let total = all.iter().fold(0_u64, |sum, share| sum.saturating_add(share.weight));
        let percent = |weight: u64| {
            let hundredfold = weight.checked_mul(100)?;
            (hundredfold.checked_rem(total)? == 0).then(|| hundredfold.checked_div(total))?
        };
        if let Some(percents) = all.iter().map(|share| percent(share.weight)).collect::<Option<Vec<_>>>() {
            all.iter_mut().zip(percents).for_each(|(share, percent)| share.weight = percent);
        }
        all
    }

    fn key(&self) -> (&str, u32, &BTreeMap<String, Vec<String>>) {
        let Self { service, port, weight: _, headers } = self;
        (service, *port, headers)
    }
}

impl NotServed {
    /// What it means, in a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoListener => "connection refused: no listener",
            Self::NoCertificate => "no TLS: no certificate for the server name",
            Self::NoHost => "404: no such host",
            Self::NoRoute => "404: the host has no such path",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { certificate, verdict } = self;
        write!(f, "{verdict}")?;
        match certificate {
            Some(SecretName(secret)) => write!(f, " (certificate {secret})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotServed(why) => f.write_str(why.as_str()),
            Self::Redirect { status, location } => write!(f, "{status} to {location}"),
            Self::Direct(status) => write!(f, "{status} from the gateway"),
            Self::Forward(forward) => write!(f, "{forward}"),
        }
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, path, timeout, retries, backends } = self;
        for (index, Share { service, port, weight, headers }) in backends.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{weight} % {service}:{port}")?;
            for (name, values) in headers {
                values.iter().try_for_each(|value| write!(f, " [{name}: {value}]"))?;
            }
        }
        write!(f, " as {host}{path}")?;
        if let Some(nanos) = timeout {
            write!(f, ", within {}", gloo_proxy_model::ProtoDuration::from_nanos(*nanos))?;
        }
        if let Some(Retries { attempts, per_try_timeout }) = retries {
            write!(f, ", {attempts} more tries")?;
            if let Some(nanos) = per_try_timeout {
                write!(f, " of {}", gloo_proxy_model::ProtoDuration::from_nanos(*nanos))?;
            }
        }
        Ok(())
    }
}
