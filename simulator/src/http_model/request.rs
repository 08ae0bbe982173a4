use std::fmt;

use serde::{Deserialize, Serialize};

/// An HTTP request to a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
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
    /// Whether the client speaks TLS.
    pub const fn is_tls(&self) -> bool {
        matches!(self, Self::Tls { .. })
    }

    /// `http` or `https`.
    pub const fn scheme(&self) -> &'static str {
        if self.is_tls() { "https" } else { "http" }
    }
}

impl Request {
    /// `GET` without TLS and without headers.
    pub fn get(authority: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
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
    /// `GET https://host/path (SNI name) [x-a: 1]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transport, authority, method, path, headers } = self;
        write!(f, "{method} {}://{authority}{path}", transport.scheme())?;
        match transport {
            Transport::Plain => {}
            Transport::Tls { sni: Some(sni) } if sni == authority => {}
            Transport::Tls { sni: Some(sni) } => write!(f, " (SNI {sni})")?,
            Transport::Tls { sni: None } => f.write_str(" (no SNI)")?,
        }
        headers.iter().try_for_each(|(name, value)| write!(f, " [{name}: {value}]"))
    }
}
