use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::route::RouteLimits;
use super::validator::Validator;
use super::violation::ViolationKind;
use super::{options, route};
use crate::VirtualHost;

/// Checks the virtual hosts of an HTTP listener, `virtualHosts` of the current message.
pub(super) fn check_all<'p>(at: &mut Validator<'p>, hosts: &'p [Arc<VirtualHost>], limits: RouteLimits) {
    at.each("virtualHosts", hosts, |at, host| check(at, host, limits));
    let mut seen = Domains::default();
    at.each("virtualHosts", hosts, |at, host| {
        for (index, domain) in domains(host) {
            if let Some((kind, message)) = seen.add(domain, host) {
                at.report_element("domains", index, kind, message);
            }
        }
    });
}

pub(super) fn check<'p>(at: &mut Validator<'p>, host: &'p VirtualHost, limits: RouteLimits) {
    let VirtualHost { name, domains, routes, options, metadata: _, unknown: _ } = host;
    at.field("name", |at| at.not_empty(name));
    at.each("domains", domains, |at, domain| {
        at.one_line(domain);
        if domain.is_empty() {
            at.report(ViolationKind::EmptyDomainError, "invalid domain \"\": expected a name or *");
        }
    });
    at.each("routes", routes, |at, route| route::check(at, route, limits));
    at.optional("options", options.as_deref(), options::check_virtual_host);
}

/// Finds domains that occur twice among the virtual hosts of a route table.
#[derive(Default)]
struct Domains<'p> {
    /// By lower-case domain: its first spelling, and the virtual host that has it.
    first: HashMap<Cow<'p, str>, (&'p str, &'p VirtualHost)>,
    /// Other spellings of a domain in `first`.
    others: HashMap<&'p str, &'p VirtualHost>,
}

impl<'p> Domains<'p> {
    /// Adds a domain of a virtual host. Returns a violation if it was added before.
    fn add(&mut self, domain: &'p str, host: &'p VirtualHost) -> Option<(ViolationKind, String)> {
        let folded = if domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(domain.to_ascii_lowercase())
        } else {
            Cow::Borrowed(domain)
        };
        let (written, first) = match self.first.entry(folded) {
            Entry::Vacant(entry) => {
                entry.insert((domain, host));
                return None;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let same = if written == domain { Some(first) } else { self.others.insert(domain, host) };
        let name = &host.name;
        Some(match same {
            Some(VirtualHost { name: other, .. }) => {
                let hosts = format!("the virtual hosts {other:?} and {name:?}");
                let message = format!("invalid domain {domain:?} of {hosts}: expected once");
                (ViolationKind::DomainsNotUniqueError, message)
            }
            None => {
                let hosts = format!("the virtual hosts {:?} and {name:?}", first.name);
                let message = format!(
                    "invalid domains {written:?} and {domain:?} of {hosts}: expected them to differ in more than case"
                );
                (ViolationKind::DuplicateDomain, message)
            }
        })
    }
}

/// The domains of a virtual host as Gloo reads them.
fn domains(host: &VirtualHost) -> impl Iterator<Item = (usize, &str)> {
    let everything = host.domains.is_empty() || host.domains.iter().map(String::as_str).eq([""]);
    let written = host.domains.iter().map(String::as_str).enumerate();
    written.take(if everything { 0 } else { usize::MAX }).chain(everything.then_some((0, "*")))
}

/// Checks that no domain occurs twice among the virtual hosts that a filter chain refers to.
pub(super) fn check_referred_domains<'p>(
    at: &mut Validator<'p>,
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
