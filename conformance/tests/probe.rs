//! The probes of a report, asked of the Proxies by the simulator: what has been translated answers them all, what was
//! translated before a change doesn't.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use knative_gloo_conformance::checks::differential::generate::{Case, Choices, case};
use knative_gloo_simulator::{NotServed, Request, Simulator, Transport, Verdict};
use knative_gloo_translate::{
    ExpectedAnswer, Gateway, Probe, ProbeAnswer, ProbeVerdict, Scheme, Translation, translate,
};
use knative_ingress_model::HttpOption;
use proptest::collection::vec;
use proptest::prelude::*;

/// Both gateways, as the Proxies configure them.
struct Gateways([Simulator; 2]);

impl Gateways {
    fn new(translation: &Translation) -> Self {
        Self(Gateway::ALL.map(|gateway| Simulator::new(translation.proxy(gateway))))
    }

    /// What a probe is answered, by Knative's backends; `None` without a connection.
    fn ask(&self, probe: &Probe) -> Option<ProbeVerdict> {
        let simulator = match probe.gateway {
            Gateway::External => &self.0[0],
            Gateway::Internal => &self.0[1],
        };
        let transport = match probe.scheme {
            Scheme::Http => Transport::Plain,
            Scheme::Https => Transport::Tls { sni: Some(probe.host.clone()) },
        };
        let headers = probe.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = Request { transport, headers, ..Request::get(&probe.host, &probe.path) };
        let judge = |status, hash: Option<&str>, location: Option<&str>| {
            Some(probe.judge(&ProbeAnswer { status, hash, location }))
        };
        match simulator.answer(&request).verdict {
            Verdict::NotServed(NotServed::NoListener | NotServed::NoCertificate) => None,
            Verdict::NotServed(NotServed::NoHost | NotServed::NoRoute) => judge(404, None, None),
            Verdict::Redirect { status, location } => judge(status, None, Some(&location)),
            Verdict::Direct(status) => judge(status, None, None),
            Verdict::Forward(forward) => {
                let hash = |headers: &std::collections::BTreeMap<String, Vec<String>>| {
                    headers.get("k-network-hash").map(|values| values.join(","))
                };
                let mut hashes: Vec<_> = forward.backends.iter().map(|share| hash(&share.headers)).collect();
                hashes.dedup();
                assert_eq!(hashes.len(), 1, "each backend sees the same hash");
                judge(200, hashes[0].as_deref(), None)
            }
        }
    }
}

/// A set with probes. Shown as the set it is.
#[derive(Clone)]
struct Set(Case);

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", serde_yaml::to_string(&self.0).unwrap())
    }
}

fn set(mut choices: Choices) -> Set {
    let mut case = case(&mut choices);
    case.options.probe = true;
    Set(case)
}

fn sets() -> impl Strategy<Value = Set> {
    vec(any::<u16>(), 0..1500).prop_map(|numbers| set(Choices::listed(numbers)))
}

fn translated(case: &Case) -> Translation {
    translate(&case.ingresses, &case.translate_options())
}

/// What is wrong with the probes of a set.
fn unanswered(Set(case): &Set) -> Option<String> {
    let translation = translated(case);
    let gateways = Gateways::new(&translation);
    translation.reports.iter().flat_map(|report| report.probes()).find_map(|probe| {
        let answer = gateways.ask(&probe);
        (answer != Some(ProbeVerdict::Served)).then(|| format!("{probe}: {answer:?}"))
    })
}

/// What of the probes after a change is served by what was there before it, though it would carry the hash.
fn answered_too_early(Set(case): &Set, change: usize) -> Option<String> {
    let before = Gateways::new(&translated(case));
    let mut changed = case.clone();
    let place = change % changed.ingresses.len();
    let reference = changed.ingresses[place].reference();
    // Of several objects of one name the last counts.
    for ingress in changed.ingresses.iter_mut().filter(|ingress| ingress.reference() == reference) {
        for http in ingress.spec.rules.iter_mut().filter_map(|rule| rule.http.as_mut()) {
            for path in http.paths.iter_mut().flatten() {
                path.append_headers.insert("X-Changed".to_owned(), "yes".to_owned());
            }
        }
    }
    let after = translated(&changed);
    let probes =
        after.reports.iter().filter(|report| report.ingress == reference).flat_map(|report| report.probes());
    probes.filter(|probe| probe.expected == ExpectedAnswer::Hash).find_map(|probe| {
        let answer = before.ask(&probe);
        (answer == Some(ProbeVerdict::Served)).then(|| probe.to_string())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn proxies_answer_every_probe(set in sets()) {
        prop_assert_eq!(unanswered(&set), None);
    }

    #[test]
    fn former_version_answers_no_probe(set in sets(), change in 0_usize..5) {
        prop_assert_eq!(answered_too_early(&set, change), None);
    }
}

/// Many sets of known seeds hold, and enough is asked of them: redirects, TLS, wildcards, routes that match headers.
#[test]
fn generated_probes_cover_every_form() {
    let (mut all, mut redirects, mut tls, mut wildcards, mut matched, mut paths) = (0, 0, 0, 0, 0, 0);
    for seed in 0..600 {
        let set = set(Choices::seeded(seed));
        assert_eq!(unanswered(&set), None, "seed {seed}: {set:?}");
        assert_eq!(answered_too_early(&set, 0), None, "seed {seed}: {set:?}");
        for probe in translated(&set.0).reports.iter().flat_map(|report| report.probes()) {
            all += 1;
            redirects += usize::from(probe.expected == ExpectedAnswer::Redirect);
            tls += usize::from(probe.scheme == Scheme::Https);
            wildcards += usize::from(probe.host.starts_with("probe_"));
            matched += usize::from(probe.headers().count() > 3);
            paths += usize::from(probe.path != "/healthz");
        }
    }
    let told = format!(
        "{all} probes, {redirects} redirects, {tls} TLS, {wildcards} wildcards, {matched} headers, {paths} paths"
    );
    println!("{told}");
    assert!(
        all > 1_000 && redirects > 30 && tls > 100 && wildcards > 50 && matched > 10 && paths > 50,
        "{told}"
    );
}

/// Turning a redirect off is seen: the old redirect is no answer.
#[test]
fn redirect_of_the_former_version_is_no_answer() {
    let mut seen = 0;
    for seed in 0..600 {
        let Set(mut case) = set(Choices::seeded(seed));
        let before = translated(&case);
        let hashes: Vec<_> = before.reports.iter().filter_map(|report| report.probe_hash.clone()).collect();
        let before = Gateways::new(&before);
        for ingress in &mut case.ingresses {
            if ingress.spec.http_option == Some(HttpOption::Redirected) {
                ingress.spec.http_option = Some(HttpOption::Enabled);
            }
        }
        for probe in translated(&case).reports.iter().flat_map(|report| report.probes()) {
            if !hashes.contains(&probe.hash.to_string()) {
                assert_ne!(before.ask(&probe), Some(ProbeVerdict::Served), "seed {seed}: {probe}");
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}
