//! What to ask the gateways for an Ingress to be known as served, and what their answers mean.
//!
//! Pure data: whoever has an HTTP client asks each [`Probe`] of every endpoint of its gateway, and has each answer judged.

mod expected_answer;
mod request;
mod verdict;

use std::sync::Arc;

use knative_ingress_model::keys::{
    HASH_HEADER, HASH_OVERRIDE, INGRESS_PROBE_USER_AGENT, PROBE_HEADER, PROBE_VALUE,
};

use crate::{Gateway, IngressReport, Scheme, Served};
pub use expected_answer::ExpectedAnswer;
use request::{Candidates, Target};
pub use verdict::{ProbeAnswer, ProbeVerdict};

/// One request that shows whether a gateway serves an Ingress as it is now.
///
/// It is sent to an endpoint of the gateway, not to where the host's name leads, with this `Host` and, for [`Scheme::Https`],
/// the same name as SNI. The certificate is not to be verified, redirects are not to be followed, and each request needs a
/// connection of its own: a connection that is kept stays with the listener that Envoy had when it began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Probe {
    /// The gateway whose endpoints are asked.
    pub gateway: Gateway,
    /// The listener that is asked.
    pub scheme: Scheme,
    /// The header `Host`, and the SNI. For a wildcard host it is a name below it.
    pub host: String,
    /// The path of the request.
    pub path: String,
    /// The hash that must come back in `K-Network-Hash`.
    pub hash: Arc<str>,
    /// What the gateway answers with once it serves the Ingress.
    pub expected: ExpectedAnswer,
    /// What the route matches, beside the prober's own headers.
    matched: Arc<[(String, String)]>,
}

/// The headers of every probe, in the order in which they are sent.
const HEADERS: [(&str, &str); 3] =
    [("User-Agent", INGRESS_PROBE_USER_AGENT), (PROBE_HEADER, PROBE_VALUE), (HASH_HEADER, HASH_OVERRIDE)];

impl Probe {
    /// The headers of the request, beside `Host`: `User-Agent: Knative-Ingress-Probe`, `K-Network-Probe: probe`,
    /// `K-Network-Hash: override`, and those that the probed route matches.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_matched =
            |name: &str| self.matched.iter().any(|(matched, _)| matched.eq_ignore_ascii_case(name));
        let own = HEADERS.into_iter().filter(move |(name, _)| !is_matched(name));
        own.chain(self.matched.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

impl std::fmt::Display for Probe {
    /// `external http://shop.example.com/healthz`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}://{}{}", self.gateway, self.scheme, self.host, self.path)
    }
}

impl IngressReport {
    /// The requests that must all be answered as expected, by every endpoint of their gateways, for the Ingress to be served
    /// as it is now: one for each host that it has won, by gateway and listener.
    ///
    /// - The path and headers are those of a probe route of the host: `/healthz`, as Knative's prober asks, where a route takes
    ///   any path; else the path of a route that matches no headers; else that of the route that matches the fewest.
    /// - A wildcard host is asked by a name below it that nobody else can have, made from the hash; `*` by a name below `invalid`.
    /// - Hosts that another Ingress owns are not asked, nor are hosts whose routes no request surely reaches.
    ///
    /// Empty without a [`probe_hash`](Self::probe_hash), which [`Options::probe`](crate::Options::probe) adds: then the
    /// gateways can't be asked which version of the Ingress they serve.
    ///
    /// ```
    /// use knative_gloo_translate::{ClassFilter, Options, ProbeAnswer, ProbeVerdict, translate};
    /// use knative_ingress_model::Ingress;
    ///
    /// let ingress = Ingress::from_json(br#"{
    ///     "metadata": {"name": "shop", "namespace": "team-a"},
    ///     "spec": {"rules": [{"hosts": ["shop.example.com"], "http": {"paths": [{"splits": [
    ///         {"serviceNamespace": "team-a", "serviceName": "shop-1", "servicePort": 80, "percent": 100}
    ///     ]}]}}]}
    /// }"#)?;
    /// let options = Options::default().with_class(ClassFilter::Any).with_probe(true);
    /// let translation = translate([&ingress], &options);
    /// let probes = translation.reports[0].probes();
    /// let told: Vec<String> = probes.iter().map(|probe| probe.to_string()).collect();
    /// assert_eq!(told, ["external http://shop.example.com/healthz", "internal http://shop.example.com/healthz"]);
    ///
    /// let headers: Vec<_> = probes[0].headers().collect();
    /// assert_eq!(headers, [
    ///     ("User-Agent", "Knative-Ingress-Probe"), ("K-Network-Probe", "probe"), ("K-Network-Hash", "override"),
    /// ]);
    /// let hash = translation.reports[0].probe_hash.as_deref();
    /// let judge = |status, hash| probes[0].judge(&ProbeAnswer { status, hash, location: None });
    /// assert_eq!(judge(404, None), ProbeVerdict::NotYet);
    /// assert_eq!(judge(200, Some("of an older generation")), ProbeVerdict::WrongHash);
    /// assert_eq!(judge(200, hash), ProbeVerdict::Served);
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn probes(&self) -> Vec<Probe> {
        let Some(hash) = &self.probe_hash else { return Vec::new() };
        let hash: Arc<str> = hash.as_str().into();
        let mut probes = Vec::new();
        for Served { gateways, scheme, virtual_host, sources: _ } in &self.served {
            let candidates = Candidates::new(virtual_host);
            let domains = virtual_host.domains.iter().filter(|domain| !domain.contains(':'));
            for target in domains.filter_map(|domain| candidates.target(domain, &hash)) {
                let Target { host, path, matched, expected } = target;
                probes.extend(gateways.iter().map(|gateway| Probe {
                    gateway,
                    scheme: *scheme,
                    host: host.clone(),
                    path: path.clone(),
                    hash: Arc::clone(&hash),
                    expected,
                    matched: Arc::clone(&matched),
                }));
            }
        }
        probes
    }
}

#[cfg(test)]
mod tests;
