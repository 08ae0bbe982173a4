use std::borrow::Borrow;

use gloo_proxy_model::Proxy;
use knative_ingress_model::Ingress;

use crate::{Gateway, IngressReport, Options, Outcome, Translator};

/// What a set of Ingresses comes to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Translation {
    /// The Proxy that serves everybody, `knative-external-proxy`.
    pub external: Proxy,
    /// The Proxy that serves clients inside the cluster, `knative-internal-proxy`.
    pub internal: Proxy,
    /// What became of each Ingress, sorted by namespace and name.
    pub reports: Vec<IngressReport>,
}

impl Translation {
    /// The Proxy of `gateway`.
    pub const fn proxy(&self, gateway: Gateway) -> &Proxy {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    /// Whether any Ingress has been rejected.
    pub fn has_rejected(&self) -> bool {
        self.reports.iter().any(|report| report.outcome == Outcome::Rejected)
    }
}

/// Translates a set of Ingresses, given by reference or by value.
///
/// The result depends on the set and the options alone, not on the order. Of two objects of one namespace and name the
/// later replaces the earlier, as applying them would. An Ingress given by value is dropped as soon as it has been looked at:
/// an iterator that parses one after the other holds one at a time.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Options, translate};
/// use knative_ingress_model::Ingress;
///
/// let shop = Ingress::from_json(br#"{
///     "metadata": {"name": "shop", "namespace": "team-a"},
///     "spec": {"rules": [{
///         "hosts": ["shop.team-a.example.com"],
///         "http": {"paths": [{"splits": [
///             {"serviceNamespace": "team-a", "serviceName": "shop-00001", "servicePort": 80, "percent": 100}
///         ]}]}
///     }]}
/// }"#)?;
/// let translation = translate([&shop], &Options::default().with_class(ClassFilter::Any));
/// assert_eq!(translation.reports[0].to_string(), "translated: team-a/shop");
/// assert_eq!(translation.external.spec.listeners[0].bind_port, 80);
/// # Ok::<(), knative_ingress_model::ParseError>(())
/// ```
pub fn translate(
    ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>,
    options: &Options,
) -> Translation {
    let mut translator = Translator::new(options.clone());
    translator.load(ingresses);
    translator.into_translation()
}
