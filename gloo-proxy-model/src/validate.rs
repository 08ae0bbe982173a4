//! Validation of a Proxy by Gloo's rules, and by Envoy's where Gloo has none.
//!
//! Both matter: when Envoy refuses an entry, it refuses the whole configuration, so one bad entry freezes every route of the
//! gateway.

mod destination;
mod header_format;
mod headers;
mod limits;
mod listener;
mod matcher;
mod options;
mod route;
mod tls;
mod validator;
mod violation;
mod virtual_host;

use crate::Proxy;
use validator::Validator;

pub use limits::ValidationLimits;
pub use violation::{RefusedBy, Violation, ViolationKind};

impl Proxy {
    /// Everything that Gloo 1.22 or Envoy 1.40 refuses, in the order of the fields; empty for a valid Proxy.
    ///
    /// Only the Proxy itself is checked: not whether the Services, Upstreams and Secrets that it names exist, and not the content of
    /// [`JsonObject`](crate::JsonObject)s and unknown fields. Listeners and virtual hosts may share names, which Gloo and Envoy
    /// accept. Takes time in proportion to the size of the Proxy.
    ///
    /// ```
    /// use gloo_proxy_model::{Proxy, ViolationKind};
    /// let proxy = Proxy::from_json(br#"{"spec": {"listeners": [{"bindAddress": "::", "httpListener": {"virtualHosts": [
    ///     {"name": "a", "domains": ["a.com", "b.com"]},
    ///     {"name": "b", "domains": ["b.com"]}
    /// ]}}]}}"#)?;
    /// let violations = proxy.validate();
    /// assert_eq!(violations.len(), 1);
    /// assert_eq!(violations[0].kind, ViolationKind::DomainsNotUniqueError);
    /// assert_eq!(violations[0].path, "spec.listeners[0].httpListener.virtualHosts[1].domains[0]");
    /// # Ok::<(), gloo_proxy_model::ParseProxyError>(())
    /// ```
    pub fn validate(&self) -> Vec<Violation> {
        self.validate_with(&ValidationLimits::default())
    }

    /// Like [`validate`](Self::validate), with the given limits.
    pub fn validate_with(&self, limits: &ValidationLimits) -> Vec<Violation> {
        let mut validator = Validator::new(limits);
        validator.field("spec", |at| listener::check_all(at, &self.spec.listeners));
        validator.finish()
    }
}
