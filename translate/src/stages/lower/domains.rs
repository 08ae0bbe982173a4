//! The domains of a virtual host.

use crate::{Scheme, options::settings::Settings};

/// `hosts`, of which there are `count`, each followed by its twins with a port.
pub(crate) fn domains<'a>(
    hosts: impl Iterator<Item = &'a str>,
    count: usize,
    scheme: Scheme,
    settings: &Settings,
) -> Vec<String> {
    let mut domains = Vec::with_capacity(count.saturating_mul(2));
    for host in hosts {
        domains.push(host.to_owned());
        if host == "*" && settings.contract.validates {
            // It takes in every port.
            continue;
        }
        for suffix in settings.port_suffixes(scheme, host) {
            let mut twin = String::with_capacity(host.len().saturating_add(suffix.len()));
            twin.push_str(host);
            twin.push_str(suffix);
            domains.push(twin);
        }
    }
    domains
}
