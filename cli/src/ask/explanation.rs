//! The answer with its reasons, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use gloo_proxy_model::{ListenerType, VirtualHost};
use knative_gloo_manifests::Location;
use knative_gloo_simulator::{Answer, Mismatch, PassedOver, Request, Share, Trace, TracedHost, Verdict};
use knative_gloo_translate::{Gateway, IngressReport, RouteSource, Served, Translation};
use serde::{Serialize, Serializer};

use super::{Gateways, hints};
use crate::objects::Objects;

/// Who answers a request, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    #[serde(serialize_with = "as_text")]
    pub(crate) gateway: Gateway,
    pub(crate) request: Request,
    pub(crate) answer: Answer,
    /// What the backends see that the client did not send, in the order of the answer's backends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) header_changes: Vec<HeaderChanges>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listener: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) virtual_host: Option<Host>,
    /// Who else asks for the host, and where it would be served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) hints: Vec<String>,
}

/// The virtual host that takes the request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) domain: String,
    /// The Ingress that it serves, `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingress: Option<String>,
    /// The path as its routes see it.
    pub(crate) path: String,
    /// The routes that were tried before the one that matches, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) passed_over: Vec<Passed>,
    /// The route that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route: Option<Origin>,
}

/// A route that does not match.
#[derive(Debug, Serialize)]
pub(crate) struct Passed {
    #[serde(flatten)]
    pub(crate) route: Origin,
    pub(crate) mismatches: Vec<Mismatch>,
}

/// A route, and the field of the Ingress that it comes from.
#[derive(Debug, Serialize)]
pub(crate) struct Origin {
    /// Its index in the virtual host.
    pub(crate) index: usize,
    #[serde(serialize_with = "as_optional_text", skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<RouteSource>,
    /// The file, document and line of that field.
    #[serde(serialize_with = "as_optional_text", skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
}

/// How the headers that a backend sees differ from those of the client.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct HeaderChanges {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) set: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<String>,
}

impl Explanation {
    pub(crate) fn new(
        gateways: &Gateways,
        gateway: Gateway,
        request: Request,
        objects: &Objects,
        cluster_domain: &str,
    ) -> Self {
        let Trace { answer, listener, virtual_host, .. } = gateways.simulator(gateway).trace(&request);
        let owner = virtual_host
            .as_ref()
            .zip(listener.as_deref())
            .and_then(|(host, listener)| owner(&gateways.translation, gateway, listener, host.index));
        let hints = hints::hints(
            gateways,
            gateway,
            &request,
            &answer,
            owner.map(|(report, _)| report),
            objects,
            cluster_domain,
        );
        let header_changes = match &answer.verdict {
            Verdict::Forward(forward) => {
                forward.backends.iter().map(|share| HeaderChanges::new(&request, share)).collect()
            }
            Verdict::NotServed(_) | Verdict::Redirect { .. } | Verdict::Direct(_) => Vec::new(),
        };
        let virtual_host = virtual_host.map(|host| Host::new(host, owner, objects));
        Self { gateway, request, answer, header_changes, listener, virtual_host, hints }
    }

    /// Whether somebody answers.
    pub(crate) fn is_served(&self) -> bool {
        match &self.answer.verdict {
            Verdict::NotServed(_) => false,
            Verdict::Redirect { .. } | Verdict::Direct(_) | Verdict::Forward(_) => true,
        }
    }
}

/// The report of the Ingress whose virtual host stands at this place of the Proxy.
fn owner<'a>(
    translation: &'a Translation,
    gateway: Gateway,
    listener: &str,
    index: usize,
) -> Option<(&'a IngressReport, &'a Served)> {
    let listeners = &translation.proxy(gateway).spec.listeners;
    let listener = listeners.iter().find(|known| known.name == listener)?;
    let host: &Arc<VirtualHost> = match listener.listener_type.as_ref()? {
        ListenerType::Http(http) => http.virtual_hosts.get(index)?,
        ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_) => return None,
    };
    // The Proxies and the reports share their virtual hosts.
    let is_it = |served: &&Served| Arc::ptr_eq(&served.virtual_host, host);
    translation.reports.iter().find_map(|report| {
        let found = report.served.iter().chain(&report.reserved).find(is_it)?;
        Some((report, found))
    })
}

impl Host {
    fn new(host: TracedHost, owner: Option<(&IngressReport, &Served)>, objects: &Objects) -> Self {
        let TracedHost { index: _, name, domain, path, passed_over, route, .. } = host;
        let origin = |index: usize| {
            let field = owner.and_then(|(_, served)| served.sources.get(index));
            let location = owner
                .zip(field)
                .and_then(|((report, _), field)| objects.location_of(&report.ingress, &field.to_string()));
            Origin { index, field, location }
        };
        let passed = |PassedOver { route, mismatches, .. }| Passed { route: origin(route), mismatches };
        Self {
            name,
            domain,
            ingress: owner.map(|(report, _)| report.ingress.to_string()),
            path,
            passed_over: passed_over.into_iter().map(passed).collect(),
            route: route.map(origin),
        }
    }
}

impl HeaderChanges {
    fn new(request: &Request, share: &Share) -> Self {
        let sent: Vec<String> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let is_new = |(name, values): &(&String, &Vec<String>)| {
            !request.header(name).eq(values.iter().map(String::as_str))
        };
        let set = share.headers.iter().filter(is_new).map(|(name, values)| (name.clone(), values.clone()));
        let mut removed: Vec<String> =
            sent.into_iter().filter(|name| !share.headers.contains_key(name)).collect();
        removed.sort();
        removed.dedup();
        Self { set: set.collect(), removed }
    }
}

fn as_text<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

fn as_optional_text<S: Serializer>(value: &Option<impl ToString>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => as_text(value, serializer),
        None => serializer.serialize_none(),
    }
}
