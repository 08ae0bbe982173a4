use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::ViolationKind;
use super::check::Check;
use super::listener::RouteLimits;
use super::{options, route};
use crate::VirtualHost;

pub(super) fn check<'p>(at: &mut Check<'p>, host: &'p VirtualHost, limits: RouteLimits) {
    let VirtualHost { name, domains, routes, options, metadata: _, unknown: _ } = host;
    at.field("name", |at| at.not_empty(name));
    at.each("domains", domains, |at, domain| {
        at.one_line(domain);
        if domain.is_empty() {
            at.report(ViolationKind::EmptyDomainError, "found an empty domain, wanted a name or *");
        }
    });
    at.each("routes", routes, |at, route| route::check(at, route, limits));
    at.optional("options", options.as_deref(), options::check_virtual_host);
}

/// A domain and where it was seen first.
struct Seen<'p> {
    domain: &'p str,
    host: &'p VirtualHost,
}

/// Finds domains that stand twice among the virtual hosts of one route table.
#[derive(Default)]
struct Domains<'p>(HashMap<Cow<'p, str>, Seen<'p>>);

impl<'p> Domains<'p> {
    /// Says why a domain can't stand in a virtual host, if it stood before.
    fn add(&mut self, domain: &'p str, host: &'p VirtualHost) -> Option<(ViolationKind, String)> {
        let folded = if domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(domain.to_ascii_lowercase())
        } else {
            Cow::Borrowed(domain)
        };
        let seen = self.0.insert(folded, Seen { domain, host })?;
        let names = format!("[{} {}]", seen.host.name, host.name);
        if seen.domain == domain {
            let message =
                format!("domain {domain} is shared by the following virtual hosts: {names}, wanted in one");
            Some((ViolationKind::DomainsNotUniqueError, message))
        } else {
            let other = seen.domain;
            let message =
                format!("domains {other} and {domain} of the virtual hosts {names} differ in case only");
            Some((ViolationKind::DuplicateDomain, message))
        }
    }
}

/// The domains of a virtual host as Gloo reads them.
fn domains(host: &VirtualHost) -> impl Iterator<Item = (usize, &str)> {
    let everything = host.domains.is_empty() || host.domains.iter().map(String::as_str).eq([""]);
    let written = host.domains.iter().map(String::as_str).enumerate();
    written.take(if everything { 0 } else { usize::MAX }).chain(everything.then_some((0, "*")))
}

/// Checks that no domain stands twice among virtual hosts, which are the present message's `virtualHosts`.
pub(super) fn check_domains<'p>(at: &mut Check<'p>, hosts: &'p [Arc<VirtualHost>]) {
    let mut seen = Domains::default();
    at.each("virtualHosts", hosts, |at, host| {
        for (index, domain) in domains(host) {
            if let Some((kind, message)) = seen.add(domain, host) {
                at.report_element("domains", index, kind, message);
            }
        }
    });
}

/// Checks that no domain stands twice among the virtual hosts that a filter chain refers to.
pub(super) fn check_referred_domains<'p>(
    at: &mut Check<'p>,
    hosts: impl Iterator<Item = (usize, &'p Arc<VirtualHost>)>,
) {
    let mut seen = Domains::default();
    for (reference, host) in hosts {
        for (_, domain) in domains(host) {
            if let Some((kind, message)) = seen.add(domain, host) {
                at.report_element("virtualHostRefs", reference, kind, message);
            }
        }
    }
}
