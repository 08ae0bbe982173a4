use std::fmt;

use knative_gloo_translate::{Gateway, Scheme};
use serde::{Deserialize, Serialize};

/// An HTTP request to one of the two gateways.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Which gateway it is sent to.
    #[serde(with = "gateway_word")]
    pub gateway: Gateway,
    /// Plain, or TLS with or without a server name.
    #[serde(default)]
    pub transport: Transport,
    /// The authority as the client writes it: `Host`, or `:authority` in HTTP/2.
    pub authority: String,
    /// Its method.
    #[serde(default = "get")]
    pub method: String,
    /// The path with its query as the client writes it; begins with `/`.
    pub path: String,
    /// Other headers, in their order; a name may come several times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// How the client is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Without TLS, to the listener `http`.
    #[default]
    Plain,
    /// With TLS, to the listener `https`.
    Tls {
        /// The server name in the client's greeting.
        #[serde(default)]
        sni: Option<String>,
    },
}

impl Transport {
    /// The listener that it leads to.
    pub const fn scheme(&self) -> Scheme {
        match self {
            Self::Plain => Scheme::Http,
            Self::Tls { .. } => Scheme::Https,
        }
    }
}

impl Request {
    /// `GET` without TLS and without headers.
    pub fn get(gateway: Gateway, authority: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            gateway,
            transport: Transport::Plain,
            authority: authority.into(),
            method: get(),
            path: path.into(),
            headers: Vec::new(),
        }
    }

    /// The values of a header, whose name is given in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_matches([' ', '\t']))
    }
}

fn get() -> String {
    "GET".to_owned()
}

impl fmt::Display for Request {
    /// `external: GET https://host/path (SNI name) [x-a: 1]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, transport, authority, method, path, headers } = self;
        write!(f, "{gateway}: {method} {}://{authority}{path}", transport.scheme())?;
        match transport {
            Transport::Plain => {}
            Transport::Tls { sni: Some(sni) } if sni == authority => {}
            Transport::Tls { sni: Some(sni) } => write!(f, " (SNI {sni})")?,
            Transport::Tls { sni: None } => f.write_str(" (no SNI)")?,
        }
        headers.iter().try_for_each(|(name, value)| write!(f, " [{name}: {value}]"))
    }
}

mod gateway_word {
    use knative_gloo_translate::Gateway;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(gateway: &Gateway, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(gateway.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Gateway, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Gateway::ALL.into_iter().find(|gateway| gateway.as_str() == word);
        known.ok_or_else(|| {
            D::Error::custom(format!("unknown gateway {word:?}: external or internal is wanted"))
        })
    }
}
