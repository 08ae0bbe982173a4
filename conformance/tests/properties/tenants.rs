//! Each namespace is a tenant: it uses only what is its own, and tenants that collude can't make a loop.

use std::collections::BTreeMap;

use knative_gloo_conformance::checks::differential::generate::Case;
use knative_gloo_translate::Gateway;
use knative_ingress_model::IngressRef;
use proptest::prelude::*;

use crate::sets::{Set, config, either_sets, sets, translated};
use crate::{hops, walk};

/// The namespace that an Ingress belongs to.
fn tenant(case: &Case, reference: &IngressRef) -> String {
    let found = case.latest(reference);
    let label =
        found.metadata.labels.as_ref().and_then(|labels| labels.get("serving.knative.dev/routeNamespace"));
    label.cloned().unwrap_or_else(|| reference.namespace.clone())
}

/// The namespace that an in-cluster name belongs to, if it is one.
fn belongs<'a>(name: &'a str, domain: &str) -> Option<&'a str> {
    let name = name.strip_suffix(&format!(".svc.{domain}")).or(name.strip_suffix(".svc"))?;
    Some(name.rsplit('.').next().unwrap())
}

proptest! {
    #![proptest_config(config())]

    /// With the options for foreign objects off, in-cluster names, backends, certificates and rewrite hosts are of the
    /// tenant's own namespace.
    #[test]
    fn backends_and_rewrite_hosts_stay_in_their_namespace(set in sets()) {
        let Set(mut case, _) = set;
        case.options.foreign_backends = false;
        case.options.foreign_secrets = false;
        case.options.foreign_cluster_hosts = false;
        let translation = translated(&case);
        let domain = case.cluster_domain();
        let mut owners = BTreeMap::new();
        for report in &translation.reports {
            let tenant = tenant(&case, &report.ingress);
            for served in &report.served {
                for name in &served.virtual_host.domains {
                    let name = name.split(':').next().unwrap();
                    prop_assert_eq!(belongs(name, domain).unwrap_or(&tenant), &tenant, "{}", name);
                    owners.insert((served.gateways.external, name.to_owned()), tenant.clone());
                    owners.insert((!served.gateways.internal, name.to_owned()), tenant.clone());
                }
                for (namespace, rewrite) in walk::destinations(&served.virtual_host) {
                    prop_assert!(namespace == tenant || namespace == "gloo-system", "{}", namespace);
                    if let Some(rewrite) = rewrite {
                        prop_assert_eq!(belongs(&rewrite, domain).unwrap_or(&tenant), &tenant, "{}", rewrite);
                    } else {
                        prop_assert_eq!(namespace, tenant.clone());
                    }
                }
            }
        }
        for gateway in Gateway::ALL {
            for (name, secret) in walk::certificates(translation.proxy(gateway)) {
                prop_assert_eq!(&owners[&(gateway == Gateway::External, name)], &secret.namespace);
            }
        }
    }

    /// A request passes at most two gateways, even if tenants collude: the virtual host that the second one
    /// chooses has no gateway as a backend.
    #[test]
    fn no_gateway_loops(set in either_sets()) {
        let Set(case, _) = set;
        let translation = translated(&case);
        for hop in hops::hops(&translation) {
            for target in hop.targets(&translation) {
                let further = hops::of_virtual_host(target);
                prop_assert!(further.is_empty(), "{:?} leads to {}, and on: {:?}", hop, target.name, further);
            }
        }
    }
}
