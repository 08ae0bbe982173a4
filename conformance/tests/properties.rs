//! Properties that hold for every set of Ingresses. Each set is made of a list of numbers, so that proptest shrinks it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::{ListenerType, Proxy, ValidationLimits, VirtualHost};
use knative_gloo_conformance::checks::differential::generate::{
    Case, Choices, case, colluding, ingress, request,
};
use knative_gloo_conformance::checks::differential::{Explored, Sides, explore, output_bytes, shrink};
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_simulator::{Transport, Verdict};
use knative_gloo_translate::{Code, Gateway, IngressReport, Outcome, Scheme, Translation, translate};
use knative_ingress_model::{GoDuration, Ingress, IngressRef, Visibility};
use proptest::collection::vec;
use proptest::prelude::*;
use support::walk::{Text, texts};

/// A set, and the numbers that are left for requests. Shown as the set it is.
#[derive(Clone)]
struct Set(Case, Choices);

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", serde_yaml::to_string(&self.0).unwrap())
    }
}

fn sets() -> impl Strategy<Value = Set> {
    vec(any::<u16>(), 0..1500).prop_map(|numbers| {
        let mut choices = Choices::listed(numbers);
        Set(case(&mut choices), choices)
    })
}

/// Sets of any kind, and as often those of colluding tenants.
fn either_sets() -> impl Strategy<Value = Set> {
    let colluding = vec(any::<u16>(), 0..1500).prop_map(|numbers| {
        let mut choices = Choices::listed(numbers);
        Set(colluding(&mut choices), choices)
    });
    prop_oneof![sets(), colluding]
}

/// Who serves each domain of each listener.
fn domains(translation: &Translation) -> BTreeMap<(Gateway, Scheme, String), IngressRef> {
    let mut all = BTreeMap::new();
    for report in &translation.reports {
        for served in &report.served {
            for gateway in served.gateways.iter() {
                for domain in &served.virtual_host.domains {
                    all.insert((gateway, served.scheme, domain.clone()), report.ingress.clone());
                }
            }
        }
    }
    all
}

/// The hosts of an Ingress with their short names.
fn names(ingress: &Ingress, domain: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for rule in &ingress.spec.rules {
        if rule.hosts.is_empty() {
            all.insert("*".to_owned());
        }
        for host in &rule.hosts {
            let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            for suffix in [format!(".{domain}"), format!(".svc.{domain}")] {
                all.extend(host.strip_suffix(&suffix).map(str::to_owned));
            }
            all.insert(host);
        }
    }
    all
}

fn translated(case: &Case) -> Translation {
    translate(&case.ingresses, &case.translate_options())
}

fn bytes(proxy: &Proxy) -> String {
    serde_json::to_string(proxy).unwrap()
}

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

/// Many sets of one seed, each asked many requests.
#[test]
fn simulator_agrees_with_the_oracle() {
    let exploration = explore(20_000, 1, |_| {});
    if let Some((case, difference)) = &exploration.difference {
        panic!("{difference}\n{}", serde_yaml::to_string(&Explored::of(case, difference)).unwrap());
    }
    // Of the questions put, enough must reach something: else they prove nothing.
    let [forwarded, redirected, refused] = exploration.tally;
    assert!(forwarded > 5_000 && redirected > 100 && refused > 2_000, "{:?}", exploration.tally);
}

/// The same seed asks the same questions.
#[test]
fn exploration_is_reproducible() {
    let [one, other] = [7, 7].map(|seed| explore(1_000, seed, |_| {}));
    assert_eq!((one.sets, one.tally), (other.sets, other.tally));
    assert_ne!(one.tally, explore(1_000, 1_007, |_| {}).tally);
}

/// What once went wrong stays right.
#[test]
fn explored_regressions_pass() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/explored");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let fixture: Explored = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(fixture.failures(), Vec::<String>::new(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "no fixtures in {directory}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn simulator_agrees_with_the_oracle_on_arbitrary_sets(set in sets()) {
        let Set(case, mut choices) = set;
        let sides = Sides::new(&case);
        let requests: Vec<GatewayRequest> = (0..20).map(|_| request(&case, &mut choices)).collect();
        let found = sides.differ_at_once().or_else(|| requests.iter().find_map(|request| sides.differ(request)));
        if let Some(found) = found {
            let (case, found) = shrink(&case, &found);
            let fixture = serde_yaml::to_string(&Explored::of(&case, &found)).unwrap();
            prop_assert!(false, "{found}\n{fixture}");
        }
    }

    /// An Ingress of another class is as if it were not there: every byte of the rest stays the same.
    #[test]
    fn removing_a_skipped_ingress_changes_nothing(set in sets()) {
        let Set(case, _) = set;
        let before = translated(&case);
        for report in before.reports.iter().filter(|report| report.outcome == Outcome::Skipped) {
            let after = translated(&case.without(&report.ingress));
            prop_assert_eq!(bytes(&before.external), bytes(&after.external));
            prop_assert_eq!(bytes(&before.internal), bytes(&after.internal));
            let others: Vec<_> = before.reports.iter().filter(|other| other.ingress != report.ingress).collect();
            prop_assert_eq!(others, after.reports.iter().collect::<Vec<_>>());
        }
    }

    /// A rejected Ingress is served nowhere. Taking it away gives others nothing but hosts that it lists, and takes nothing from them.
    #[test]
    fn rejected_ingress_reserves_only_its_own_hosts(set in either_sets()) {
        let Set(case, _) = set;
        let before = translated(&case);
        for report in before.reports.iter().filter(|report| report.outcome == Outcome::Rejected) {
            prop_assert!(report.served.is_empty(), "{}", report);
            let after = translated(&case.without(&report.ingress));
            let (served, now) = (domains(&before), domains(&after));
            for (place, owner) in &served {
                prop_assert_eq!(now.get(place), Some(owner), "{:?}", place);
            }
            let listed = names(case.latest(&report.ingress), case.cluster_domain());
            for (place, _) in now.iter().filter(|(place, _)| !served.contains_key(place)) {
                let (_, _, domain) = place;
                let name = domain.split(':').next().unwrap();
                prop_assert!(listed.contains(name), "{} is none of {:?}", domain, listed);
            }
        }
    }

    /// An error in one field of an Ingress, whichever it is, changes nothing that any other serves.
    #[test]
    fn error_in_an_ingress_does_not_release_its_hosts(set in either_sets(), which in any::<prop::sample::Index>()) {
        let Set(case, _) = set;
        let mut broken = case.clone();
        let place = which.index(case.ingresses.len());
        let ingress = &mut broken.ingresses[place];
        let mut paths = ingress.spec.rules.iter_mut()
            .filter_map(|rule| rule.http.as_mut()?.paths.as_mut()).flatten();
        let Some(path) = paths.next() else { return Ok(()) };
        path.timeout = Some(GoDuration::from_nanos(-1));
        let reference = ingress.reference();
        let (before, after) = (translated(&case), translated(&broken));
        for (report, now) in before.reports.iter().zip(&after.reports) {
            prop_assert_eq!(&report.ingress, &now.ingress);
            if report.ingress != reference {
                prop_assert_eq!(&report.served, &now.served);
                prop_assert_eq!(report.outcome, now.outcome);
            }
        }
    }

    /// Whatever tenants agree on, a request goes through a gateway twice at most: what one gateway sends to another is answered
    /// by a backend that is none.
    #[test]
    fn no_gateway_loops(set in either_sets()) {
        let Set(case, _) = set;
        let translation = translated(&case);
        for hop in support::hops::hops(&translation) {
            for target in hop.targets(&translation) {
                let further = support::hops::of_virtual_host(target);
                prop_assert!(further.is_empty(), "{:?} leads to {}, and on: {:?}", hop, target.name, further);
            }
        }
    }

    /// `host.`, and a host with a port that is none of the listener's, reach nobody unless somebody is allowed to have every host.
    #[test]
    fn trailing_dots_and_other_ports_are_not_served(set in either_sets()) {
        let Set(mut case, _) = set;
        case.options.catch_all = Vec::new();
        case.options.any_host_port = false;
        let sides = Sides::new(&case);
        for gateway in Gateway::ALL {
            let hosts: Vec<&str> =
                sides.oracle().owners(gateway).map(|(host, _)| host).filter(|host| !host.contains('*')).collect();
            for host in hosts {
                for odd in [format!("{host}."), format!("{host}:1"), format!("{host}.:80"), format!("{host}:65535")] {
                    for transport in [Transport::Plain, Transport::Tls { sni: Some(host.to_owned()) }] {
                        let mut request = GatewayRequest::get(gateway, &odd, "/");
                        request.request.transport = transport;
                        let answer = sides.simulate(&request);
                        prop_assert!(matches!(answer.verdict, Verdict::NotServed(_)), "{}: {}", request, answer);
                    }
                }
            }
        }
    }

    /// What a rejected Ingress owns nobody is served on: also not the owner of a wildcard above it, on `http` or on `https`.
    #[test]
    fn nobody_is_served_on_the_hosts_of_a_rejected_ingress(set in either_sets()) {
        let Set(case, _) = set;
        let sides = Sides::new(&case);
        for reserved in sides.translation().reports.iter().flat_map(|report| &report.reserved) {
            for host in reserved.virtual_host.domains.iter().filter(|host| !host.contains('*')) {
                let name = host.split(':').next().unwrap_or_default().to_owned();
                for gateway in reserved.gateways.iter() {
                    for transport in [Transport::Plain, Transport::Tls { sni: Some(name.clone()) }] {
                        let mut request = GatewayRequest::get(gateway, host, "/");
                        request.request.transport = transport;
                        if request.scheme() == reserved.scheme {
                            let answer = sides.simulate(&request);
                            prop_assert!(matches!(answer.verdict, Verdict::NotServed(_)), "{}: {}", request, answer);
                        }
                    }
                }
            }
        }
    }

    /// Over TLS the server name chooses the certificate and the authority who answers, each by itself.
    #[test]
    fn authority_chooses_the_virtual_host_and_sni_the_certificate(set in sets()) {
        let Set(case, _) = set;
        let sides = Sides::new(&case);
        for gateway in Gateway::ALL {
            let names = support::walk::certificates(sides.translation().proxy(gateway));
            let exact: Vec<String> =
                names.into_iter().map(|(name, _)| name).filter(|name| !name.contains('*')).take(5).collect();
            let ask = |sni: &str, authority: &str| {
                let transport = Transport::Tls { sni: Some(sni.to_owned()) };
                let mut request = GatewayRequest::get(gateway, authority, "/");
                request.request.transport = transport;
                sides.simulate(&request)
            };
            for authority in &exact {
                let own = ask(authority, authority);
                for sni in &exact {
                    let other = ask(sni, authority);
                    prop_assert_eq!(&own.verdict, &other.verdict);
                    prop_assert_eq!(&ask(sni, sni).certificate, &other.certificate);
                }
            }
        }
    }

    /// With a limit, those that come to more bytes are rejected, and they alone.
    #[test]
    fn max_output_bytes_is_exact(set in sets(), which in any::<prop::sample::Index>()) {
        let Set(mut case, _) = set;
        case.options.max_output_bytes = Some(usize::MAX);
        let options = case.translate_options();
        let latest: BTreeMap<IngressRef, &Ingress> =
            case.ingresses.iter().map(|ingress| (ingress.reference(), ingress)).collect();
        let sizes: BTreeMap<IngressRef, usize> = latest.iter().map(|(reference, ingress)| {
            let alone = translate([*ingress], &options);
            let bytes = Gateway::ALL.map(|gateway| output_bytes(alone.proxy(gateway)));
            (reference.clone(), bytes.into_iter().max().unwrap())
        }).collect();
        let unlimited = translated(&case);
        let some = *sizes.values().nth(which.index(sizes.len())).unwrap();
        for most in [some, some.saturating_sub(1)] {
            case.options.max_output_bytes = Some(most);
            for (report, limited) in unlimited.reports.iter().zip(&translated(&case).reports) {
                let is_too_large = sizes[&report.ingress] > most;
                let wanted = if is_too_large { Outcome::Rejected } else { report.outcome };
                prop_assert_eq!(limited.outcome, wanted, "{} with {}", limited, most);
                let found = limited.diagnostics.iter().any(|found| found.code == Code::OutputTooLarge);
                prop_assert_eq!(found, is_too_large);
            }
        }
    }

    /// One more Ingress, whatever it is, that lists no host of the others leaves their virtual hosts and certificates alone.
    #[test]
    fn ingress_without_common_domains_does_not_affect_others(set in sets()) {
        let Set(mut case, mut choices) = set;
        let extra = ingress(&mut choices, case.cluster_domain());
        case.ingresses.retain(|ingress| ingress.reference() != extra.reference());
        let of_extra = names(&extra, case.cluster_domain());
        // Take what shares a host away, not the whole set.
        let domain = case.cluster_domain().to_owned();
        case.ingresses.retain(|other| names(other, &domain).is_disjoint(&of_extra));
        let mut grown = case.clone();
        grown.ingresses.push(extra.clone());
        let (before, after) = (Sides::new(&case), Sides::new(&grown));
        for report in &before.translation().reports {
            let now = after.translation().reports.iter().find(|now| now.ingress == report.ingress).unwrap();
            prop_assert_eq!(&report.served, &now.served);
        }
        for gateway in Gateway::ALL {
            let exact = |host: &&str| !host.contains('*');
            for host in before.oracle().owners(gateway).map(|(host, _)| host).filter(exact) {
                let request = GatewayRequest::get(gateway, host, "/");
                prop_assert_eq!(before.simulate(&request), after.simulate(&request));
            }
            for (name, _) in support::walk::certificates(before.translation().proxy(gateway)) {
                if exact(&name.as_str()) {
                    let transport = Transport::Tls { sni: Some(name.clone()) };
                    let mut request = GatewayRequest::get(gateway, name, "/");
                    request.request.transport = transport;
                    prop_assert_eq!(before.simulate(&request), after.simulate(&request));
                }
            }
        }
    }

    /// The output is one of the set, not of the order in which it is given.
    #[test]
    fn translation_is_independent_of_input_order(set in sets(), shift in 0_usize..5) {
        let Set(mut case, _) = set;
        // Of two objects of one name the later counts: that is the one order that matters.
        let latest: BTreeMap<IngressRef, Ingress> =
            case.ingresses.iter().map(|ingress| (ingress.reference(), ingress.clone())).collect();
        case.ingresses = latest.into_values().collect();
        let one = translated(&case);
        case.ingresses.reverse();
        let length = case.ingresses.len();
        case.ingresses.rotate_left(shift.min(length));
        let other = translated(&case);
        prop_assert_eq!(bytes(&one.external), bytes(&other.external));
        prop_assert_eq!(bytes(&one.internal), bytes(&other.internal));
        prop_assert_eq!(one.reports, other.reports);
    }

    /// Neither Gloo nor Envoy has anything against what comes out.
    #[test]
    fn translated_proxies_are_valid(set in sets()) {
        let Set(case, _) = set;
        let limits = ValidationLimits::default().with_max_program_size(case.translate_options().regex_max_program_size);
        let translation = translated(&case);
        for gateway in Gateway::ALL {
            prop_assert_eq!(translation.proxy(gateway).validate_with(&limits), Vec::new());
        }
    }

    /// No value reaches Envoy's formatter, no header that routing depends on is set, no text breaks a line.
    #[test]
    fn header_values_are_escaped(set in sets()) {
        let translation = translated(&set.0);
        for gateway in Gateway::ALL {
            for text in texts(translation.proxy(gateway)) {
                match text {
                    Text::Header { name, value } => {
                        prop_assert!(!value.replace("%%", "").contains('%'), "{name}: {value}");
                        prop_assert!(!name.starts_with(':') && !name.eq_ignore_ascii_case("host"), "{name}");
                    }
                    Text::Any(text) => prop_assert!(!text.contains(['\r', '\n', '\0']), "{text:?}"),
                }
            }
        }
    }

    /// Nobody holds another tenant's in-cluster name, backend or certificate, nor sends requests on in its name.
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
                for (namespace, rewrite) in support::walk::destinations(&served.virtual_host) {
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
            for (name, secret) in support::walk::certificates(translation.proxy(gateway)) {
                prop_assert_eq!(&owners[&(gateway == Gateway::External, name)], &secret.namespace);
            }
        }
    }

    /// A Secret that is missing or bad takes its own hosts' https away; everybody else's bytes, and plain HTTP's hosts, stay.
    #[test]
    fn unusable_secret_does_not_affect_other_hosts(set in sets(), pick in any::<prop::sample::Index>(), missing in any::<bool>()) {
        let Set(mut case, mut choices) = set;
        let named: BTreeSet<String> = Gateway::ALL.into_iter().flat_map(|gateway| {
            let translation = translated(&case);
            let of = support::walk::certificates(translation.proxy(gateway));
            of.into_iter().map(|(_, secret)| format!("{}/{}", secret.namespace, secret.name)).collect::<Vec<_>>()
        }).collect();
        prop_assume!(!named.is_empty());
        let bad = named.iter().nth(pick.index(named.len())).unwrap().clone();
        let known = case.secrets.get_or_insert_with(|| named.iter().map(|name| (name.clone(), true)).collect());
        let mut after = known.clone();
        if missing { after.remove(&bad); } else { after.insert(bad.clone(), false); }
        let after = Case { secrets: Some(after), ..case.clone() };
        let (was, is) = (Sides::new(&case), Sides::new(&after));
        for (before, now) in was.translation().reports.iter().zip(&is.translation().reports) {
            // With its https it may be too large.
            prop_assume!(before.outcome == now.outcome);
            let is_told = |code| now.diagnostics.iter().filter(|known| known.code == code).count();
            let was_told = |code| before.diagnostics.iter().filter(|known| known.code == code).count();
            let is_hit = [Code::SecretNotFound, Code::UnusableSecret].into_iter().any(|code| is_told(code) > was_told(code));
            prop_assert!(is_hit || before == now, "{before}\n{now}");
        }
        for gateway in Gateway::ALL {
            let left = support::walk::certificates(was.translation().proxy(gateway)).into_iter();
            let left: Vec<_> = left.filter(|(_, secret)| format!("{}/{}", secret.namespace, secret.name) != bad).collect();
            prop_assert_eq!(left, support::walk::certificates(is.translation().proxy(gateway)));
        }
        for _ in 0..20 {
            let asked = request(&after, &mut choices);
            prop_assert_eq!(is.simulate(&asked), is.oracle().answer(&asked));
        }
    }

    /// What only the cluster may see changes nothing outside.
    #[test]
    fn cluster_local_rules_do_not_affect_the_external_gateway(set in sets()) {
        let Set(mut case, mut choices) = set;
        // The hash speaks of all rules, wherever they are.
        case.options.probe = false;
        let mut public = case.clone();
        for ingress in &mut public.ingresses {
            let whole = ingress.spec.visibility.clone();
            ingress.spec.rules.retain(|rule| {
                rule.visibility.as_ref().or(whole.as_ref()) != Some(&Visibility::ClusterLocal)
            });
        }
        let (all, public) = (Sides::new(&case), Sides::new(&public));
        // Rules that go may take an error with them, or leave none.
        let comes = |sides: &Sides| {
            let reports = sides.translation().reports.iter();
            reports.filter(|report| report.served.iter().any(|served| served.gateways.external))
                .map(|report| report.ingress.clone()).collect::<BTreeSet<_>>()
        };
        prop_assume!(comes(&all) == comes(&public));
        for _ in 0..20 {
            let request = GatewayRequest { gateway: Gateway::External, ..request(&case, &mut choices) };
            prop_assert_eq!(all.simulate(&request), public.simulate(&request));
        }
    }
}

/// The properties above look at something: sets hold rejected Ingresses, certificates, redirects, conflicts.
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

/// So do those of colluding tenants: gateways as backends that are taken, that are refused for each reason, hosts that are reserved.
#[test]
fn colluding_sets_cover_gateway_backends_and_reserved_hosts() {
    let (mut hops, mut reserved) = (0, 0);
    let mut refused: BTreeMap<Code, usize> = BTreeMap::new();
    for seed in 0..500 {
        let translation = translated(&colluding(&mut Choices::seeded(seed)));
        let all = support::hops::hops(&translation);
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

/// What tenants could harm each other with, and of how many of a thousand sets of the explorer it is a part, as measured.
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

/// Which of [`TRIED`] are part of a set, in their order.
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
        .filter(|report| served(report, &|host| !support::hops::of_virtual_host(host).is_empty()))
        .map(|report| report.ingress.namespace.as_str())
        .collect();
    let is_answered = |hop: &support::hops::Hop| !hop.targets(translation).is_empty();
    let without_https = told(Code::UnusableSecret, "") || told(Code::SecretNotFound, "");
    let of_digits = |report: &IngressReport| report.ingress.namespace == "1234";
    let limit = set.options.max_output_bytes.is_some();
    [
        senders.len() > 1,
        support::hops::hops(translation).iter().any(is_answered),
        told(Code::GatewayLoop, ""),
        told(Code::ForeignRewriteHost, ""),
        set.secrets.is_some()
            && Gateway::ALL
                .iter()
                .any(|gateway| !support::walk::certificates(translation.proxy(*gateway)).is_empty()),
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

/// The explorer asks about what one tenant could harm another with: enough of its sets have each such thing, let through or refused.
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
