//! From an admitted Ingress to its [`Fragment`]: nothing here sees another Ingress.
//!
//! Each step does its part and hands on to the next, which the files follow:
//!
//! ```text
//! visibility     which Proxies get each rule
//! rules          each rule: its hosts, and for each path a route, shared with the rule before where the path is the same
//!   hosts          the names by which it is reached
//!   matchers       which requests the route is for; hands on to backends and route_options
//! tls            the certificates
//! groups         which rules serve which hosts together
//! group_routes   the routes of each group
//! coverage       which certificate is for which host
//! virtual_hosts  the virtual hosts on their listeners
//! budget         how much of a Proxy they fill, and the fragment
//! reserved       after an error: what keeps the hosts from others
//! ```

mod backends;
mod budget;
mod certificates;
mod context;
mod coverage;
mod go_integer;
mod group_routes;
mod groups;
mod headers;
mod hosts;
pub(crate) mod matchers;
mod origins;
mod reserved;
mod route_options;
mod rules;
pub(crate) mod tls;
mod unreachable;
pub(crate) mod virtual_hosts;
mod visibility;

use std::collections::BTreeSet;

use knative_ingress_model::{Ingress, IngressSpec};

use crate::{
    Code,
    diagnostics::{diagnostic::Diagnostics, field_path::FieldPath},
    options::settings::Settings,
    stages::fragment::Fragment,
};
use context::Lowering;

/// The fragment of `ingress`, which belongs to the namespace `tenant`, or what is wrong with it.
pub(crate) fn lower(
    ingress: &Ingress,
    tenant: &str,
    reserves_hosts: bool,
    settings: &Settings,
    diagnostics: Diagnostics,
) -> Fragment {
    let (services, secrets) = (BTreeSet::new(), BTreeSet::new());
    let mut lowering = Lowering { ingress, settings, tenant, reserves_hosts, diagnostics, services, secrets };
    let Ingress { kind: _, metadata: _, spec, status: _, unknown: of_object } = ingress;
    let IngressSpec { generation, tls: _, rules: _, visibility: _, http_option, unknown } = spec;
    for (name, _) in of_object.iter() {
        lowering.unknown_field(FieldPath::root(name));
    }
    let at = FieldPath::root("spec");
    lowering.unknown(unknown, &at);
    if *generation != 0 && settings.contract.validates {
        let message = "a counter of releases up to 0.18; nothing reads it";
        lowering.diagnostics.warning(Code::ObsoleteField, at.field("generation"), message);
    }
    if http_option.is_some() && !settings.contract.supports_fields_since_2020 {
        lowering.ignored(&at.field("httpOption"));
    }
    visibility::decide(lowering)
}
