//! A request to one of the two gateways, as the oracle, the simulator and the real Envoy all get it.

use std::fmt;

use knative_gloo_simulator::Request;
use knative_gloo_translate::{Gateway, Scheme};
use serde::{Deserialize, Serialize};

/// An HTTP request to one of the two gateways.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayRequest {
    /// Which gateway it is sent to.
    #[serde(with = "gateway_word")]
    pub gateway: Gateway,
    /// The request.
    #[serde(flatten)]
    pub request: Request,
}

impl GatewayRequest {
    /// `GET` without TLS and without headers.
    pub fn get(gateway: Gateway, authority: impl Into<String>, path: impl Into<String>) -> Self {
        Self { gateway, request: Request::get(authority, path) }
    }

    /// The listener that it is sent to.
    pub const fn scheme(&self) -> Scheme {
        if self.request.transport.is_tls() { Scheme::Https } else { Scheme::Http }
    }

    /// The same gateway asked something else.
    #[must_use]
    pub const fn with(&self, request: Request) -> Self {
        Self { gateway: self.gateway, request }
    }
}

impl fmt::Display for GatewayRequest {
    /// `external: GET https://host/path (SNI name) [x-a: 1]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, request } = self;
        write!(f, "{gateway}: {request}")
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
            D::Error::custom(format!("invalid gateway {word:?}: expected external or internal"))
        })
    }
}
