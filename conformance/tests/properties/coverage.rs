//! The sets that the laws are tried on contain what the laws are about.

use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::{ListenerType, VirtualHost};
use knative_gloo_conformance::checks::differential::generate::{Case, Choices, case, colluding};
use knative_gloo_translate::{Code, Gateway, IngressReport, Outcome, Translation};

use crate::sets::translated;
use crate::{hops, walk};

/// Sets contain rejected Ingresses, certificates and conflicts.
#[test]
fn generated_sets_cover_rejections_certificates_and_conflicts() {
    let (mut rejected, mut certificates, mut lost) = (0, 0, 0);
    for seed in 0..300 {
        let set = case(&mut Choices::seeded(seed));
        let translation = translated(&set);
        rejected += translation.reports.iter().filter(|report| report.outcome == Outcome::Rejected).count();
        lost += translation
            .reports
            .iter()
            .filter(|report| report.to_string().contains("domain-conflict"))
            .count();
        let listeners = &translation.internal.spec.listeners;
        certificates += listeners.iter().filter(|listener| !listener.ssl_configurations.is_empty()).count();
        for listener in listeners {
            assert!(matches!(listener.listener_type, Some(ListenerType::Http(_))));
        }
    }
    assert!(rejected > 60 && certificates > 60 && lost > 60, "{rejected} {certificates} {lost}");
}

/// Sets of colluding tenants contain gateways as backends, accepted or rejected for each reason, and reserved hosts.
#[test]
fn colluding_sets_cover_gateway_backends_and_reserved_hosts() {
    let (mut hops, mut reserved) = (0, 0);
    let mut refused: BTreeMap<Code, usize> = BTreeMap::new();
    for seed in 0..500 {
        let translation = translated(&colluding(&mut Choices::seeded(seed)));
        let all = hops::hops(&translation);
        hops += all.iter().filter(|hop| !hop.targets(&translation).is_empty()).count();
        for diagnostic in translation.reports.iter().flat_map(|report| &report.diagnostics) {
            *refused.entry(diagnostic.code).or_default() += 1;
            reserved += usize::from(diagnostic.message.contains("rejected and keeps it"));
        }
    }
    let count = |code| refused.get(&code).copied().unwrap_or_default();
    let counts = [
        hops,
        reserved,
        count(Code::GatewayLoop),
        count(Code::ForeignRewriteHost),
        count(Code::ForeignHost),
        count(Code::RuleWithoutHosts),
    ];
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

/// Ways in which one tenant could harm another, and how many of a thousand explored sets contain each, as measured.
const TRIED: [(&str, usize); 16] = [
    ("several tenants' requests are sent to a gateway", 27),
    ("what a gateway is sent by rewriteHost is answered", 46),
    ("a gateway may not be a backend, for that could be a loop", 98),
    ("a rewriteHost is refused", 187),
    ("a certificate of a known Secret is served", 107),
    ("a Secret is unusable", 44),
    ("a Secret is missing", 17),
    ("a gateway is a backend, and a Secret is missing or unusable", 5),
    ("a rule without hosts is served", 69),
    ("a rule without hosts is refused", 170),
    ("a namespace of digits is served", 284),
    ("a name of the namespace of digits is refused to others", 109),
    ("an output is too large", 34),
    ("an output keeps to a limit", 22),
    ("a rule lists more than sixteen hosts", 64),
    ("a rejected Ingress keeps a host from others", 228),
];

/// Which of [`TRIED`] a set contains, in that order.
fn tried(set: &Case, translation: &Translation) -> [bool; TRIED.len()] {
    let reports = &translation.reports;
    let told = |code: Code, words: &str| {
        let mut all = reports.iter().flat_map(|report| &report.diagnostics);
        all.any(|diagnostic| diagnostic.code == code && diagnostic.message.contains(words))
    };
    let served = |report: &IngressReport, to: &dyn Fn(&VirtualHost) -> bool| {
        report.served.iter().any(|served| to(&served.virtual_host))
    };
    let senders: BTreeSet<&str> = reports
        .iter()
        .filter(|report| served(report, &|host| !hops::of_virtual_host(host).is_empty()))
        .map(|report| report.ingress.namespace.as_str())
        .collect();
    let is_answered = |hop: &hops::Hop| !hop.targets(translation).is_empty();
    let without_https = told(Code::UnusableSecret, "") || told(Code::SecretNotFound, "");
    let of_digits = |report: &IngressReport| report.ingress.namespace == "1234";
    let limit = set.options.max_output_bytes.is_some();
    [
        senders.len() > 1,
        hops::hops(translation).iter().any(is_answered),
        told(Code::GatewayLoop, ""),
        told(Code::ForeignRewriteHost, ""),
        set.secrets.is_some()
            && Gateway::ALL.iter().any(|gateway| !walk::certificates(translation.proxy(*gateway)).is_empty()),
        told(Code::UnusableSecret, ""),
        told(Code::SecretNotFound, ""),
        !senders.is_empty() && without_https,
        reports.iter().any(|report| served(report, &|host| host.domains.iter().any(|domain| domain == "*"))),
        told(Code::RuleWithoutHosts, ""),
        reports.iter().any(|report| of_digits(report) && !report.served.is_empty()),
        told(Code::ForeignHost, "1234"),
        told(Code::OutputTooLarge, ""),
        limit && reports.iter().any(|report| !report.served.is_empty()),
        set.ingresses.iter().flat_map(|ingress| &ingress.spec.rules).any(|rule| rule.hosts.len() > 16),
        told(Code::DomainConflict, "rejected and keeps it"),
    ]
}

/// Each way is in at least half as many sets as were measured.
#[test]
fn explored_sets_cover_every_tenant_attack() {
    const SETS: usize = 2_000;
    let mut counts = [0_usize; TRIED.len()];
    for seed in 0..SETS {
        let set = case(&mut Choices::seeded(seed as u64));
        for (count, is_part) in counts.iter_mut().zip(tried(&set, &translated(&set))) {
            *count += usize::from(is_part);
        }
    }
    let shares: Vec<(&str, usize, usize)> =
        TRIED.iter().zip(counts).map(|((what, of), count)| (*what, *of, count * 1_000 / SETS)).collect();
    assert!(shares.iter().all(|(_, of, found)| *found > 0 && found * 2 >= *of), "{shares:#?}");
}
