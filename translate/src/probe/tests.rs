use std::collections::BTreeSet;

use knative_ingress_model::Ingress;
use serde_json::{Value, json};

use super::*;
use crate::{ClassFilter, Options, translate};

fn split() -> Value {
    json!([{"serviceNamespace": "team-a", "serviceName": "shop-1", "servicePort": 80, "percent": 100}])
}

/// The path `path` of a rule, with these headers to match.
fn path(path: &str, headers: Value) -> Value {
    json!({"path": path, "headers": headers, "splits": split()})
}

fn ingress(name: &str, hosts: &[&str], paths: Value) -> Ingress {
    ingress_of(json!({
        "metadata": {"namespace": "team-a", "name": name},
        "spec": {"rules": [{"hosts": hosts, "http": {"paths": paths}}]},
    }))
}

fn ingress_of(object: Value) -> Ingress {
    serde_json::from_value(object).unwrap()
}

fn probes_of(ingresses: &[Ingress]) -> Vec<Vec<Probe>> {
    let options = Options::default().with_class(ClassFilter::Any).with_probe(true);
    translate(ingresses, &options).reports.iter().map(IngressReport::probes).collect()
}

/// The probes of an Ingress for its first gateway that has any: scheme, host, path, headers.
fn asked(ingress: &Ingress) -> Vec<String> {
    let probes = probes_of(std::slice::from_ref(ingress)).remove(0);
    let own = |(name, value): (&str, &str)| {
        (!HEADERS.contains(&(name, value))).then(|| format!(" {name}: {value}"))
    };
    let told = |probe: &Probe| format!("{probe}{}", probe.headers().filter_map(own).collect::<String>());
    probes.iter().filter(|probe| probe.gateway == Gateway::Internal).map(told).collect()
}

/// The prober's hash takes the place of a header of its name that a path sets or removes, and of no other.
#[test]
fn probe_replaces_appended_hash_headers() {
    for value in ["", "mine"] {
        let mut of_path = path("", json!({}));
        of_path["appendHeaders"] = json!({"k-network-hash": value, "X-Empty": "", "X-Set": "1"});
        let ingress = ingress("shop", &["shop.example.com"], json!([of_path]));
        let options = Options::default().with_class(ClassFilter::Any).with_probe(true);
        let translation = translate([&ingress], &options);
        let proxy = serde_json::to_value(translation.proxy(Gateway::External)).unwrap();
        let routes = proxy.pointer("/spec/listeners/0/httpListener/virtualHosts/0/routes").unwrap();
        let of_probe = routes.pointer("/0/options/headerManipulation").unwrap();
        let added: Vec<&str> = of_probe["requestHeadersToAdd"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| header["header"]["key"].as_str().unwrap())
            .collect();
        assert_eq!(added, ["K-Network-Hash", "X-Set"]);
        assert_eq!(of_probe["requestHeadersToRemove"], json!(["X-Empty"]));
    }
}

#[test]
fn every_host_is_probed_on_its_gateway_and_listener() {
    let ingress = ingress_of(json!({
        "metadata": {"namespace": "team-a", "name": "shop"},
        "spec": {
            "tls": [{"hosts": ["shop.example.com"], "secretName": "shop", "secretNamespace": "team-a"}],
            "rules": [
                {"hosts": ["shop.example.com"], "http": {"paths": [path("", json!({}))]}},
                {"hosts": ["shop.team-a.svc.cluster.local"], "visibility": "ClusterLocal", "http": {"paths": [path("", json!({}))]}},
            ],
        },
    }));
    let told: BTreeSet<_> = probes_of(&[ingress]).remove(0).iter().map(Probe::to_string).collect();
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [
            "external http://shop.example.com/healthz",
            "external https://shop.example.com/healthz",
            "internal http://shop.example.com/healthz",
            "internal http://shop.team-a.svc.cluster.local/healthz",
            "internal http://shop.team-a.svc/healthz",
            "internal http://shop.team-a/healthz",
            "internal https://shop.example.com/healthz",
        ]
    );
}

#[test]
fn probe_request_satisfies_the_route_matchers() {
    let tagged = json!({"Knative-Serving-Tag": {"exact": "blue"}});
    for (paths, told) in [
        (json!([path("/", json!({}))]), "/healthz"),
        (json!([path("/api", json!({})), path("", json!({}))]), "/healthz"),
        (json!([path("/api/v1", json!({})), path("/api", json!({}))]), "/api/v1"),
        (json!([path("", tagged.clone()), path("", json!({}))]), "/healthz"),
        (json!([path("", tagged.clone()), path("/api", json!({}))]), "/api"),
        (json!([path("", tagged.clone())]), "/healthz Knative-Serving-Tag: blue"),
        (json!([path("/a", json!({"B": {"exact": "1"}, "A": {"exact": ""}}))]), "/a A:  B: 1"),
        // The value of the prober's own header under another name.
        (json!([path("", json!({"X": {"exact": "override"}}))]), "/healthz X: override"),
        // Gloo takes these as expressions alone.
        (json!([path("/a//b.c", json!({}))]), "/a//b.c"),
        (json!([path("/a/..", json!({}))]), "/a/..healthz"),
        // No request has the first.
        (json!([path("/a?b", json!({})), path("/c", json!({}))]), "/c"),
        // A request that says so would be taken for another probe, or for one of the application's.
        (
            json!([path("", json!({"k-network-probe": {"exact": "queue"}})), path("/c", tagged.clone())]),
            "/c Knative-Serving-Tag: blue",
        ),
        (
            json!([path("", json!({"Content-Length": {"exact": "5"}})), path("/c", tagged)]),
            "/c Knative-Serving-Tag: blue",
        ),
        (json!([path("", json!({"user-agent": {"exact": "curl"}}))]), "/healthz user-agent: curl"),
    ] {
        let ingress = ingress("shop", &["shop.example.com"], paths);
        assert_eq!(asked(&ingress), [format!("internal http://shop.example.com{told}")]);
    }
}

#[test]
fn unreachable_routes_are_not_probed() {
    assert!(asked(&ingress("shop", &["shop.example.com"], json!([path("/a?b", json!({}))]))).is_empty());
    let foreign = json!({"Host": {"exact": "other.example.com"}});
    assert!(asked(&ingress("shop", &["shop.example.com"], json!([path("", foreign)]))).is_empty());
}

#[test]
fn authority_matcher_sets_the_probed_host() {
    let paths = |host: &str| json!([path("", json!({"Host": {"exact": host}}))]);
    let asked = |hosts: &[&str], host: &str| asked(&ingress("shop", hosts, paths(host)));
    assert_eq!(
        asked(&["a.example.com", "b.example.com"], "b.example.com"),
        ["internal http://b.example.com/healthz"]
    );
    // Another Ingress may own the one name below the wildcard.
    assert!(asked(&["*.example.com"], "b.example.com").is_empty());
}

#[test]
fn wildcard_host_is_probed_by_a_subdomain() {
    let wildcard = ingress("shop", &["*.example.com"], json!([path("", json!({}))]));
    let probes = probes_of(std::slice::from_ref(&wildcard)).remove(0);
    let label = format!("probe_{}", probes[0].hash.get(..32).unwrap());
    assert_eq!(probes[0].host, format!("{label}.example.com"));
    assert!(label.len() <= 63);
    // Nobody can list it, and answer in the place of the wildcard's owner.
    let thief = ingress("thief", &[probes[0].host.as_str()], json!([path("", json!({}))]));
    assert!(probes_of(&[thief]).remove(0).is_empty());
    let mut any = wildcard;
    any.spec.rules[0].hosts.clear();
    for probe in probes_of(&[any]).remove(0) {
        assert!(probe.host.ends_with(".invalid"), "{probe}");
    }
}

#[test]
fn hosts_of_other_ingresses_are_not_probed() {
    let mut winner = ingress("winner", &["shop.example.com"], json!([path("", json!({}))]));
    winner.metadata.creation_timestamp =
        Some(knative_ingress_model::Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH));
    let loser = ingress("loser", &["shop.example.com", "own.example.com"], json!([path("", json!({}))]));
    let probes = probes_of(&[loser, winner]);
    let hosts = |probes: &[Probe]| probes.iter().map(|probe| probe.host.clone()).collect::<BTreeSet<_>>();
    let all: Vec<_> = probes.iter().map(|probes| hosts(probes).into_iter().collect::<Vec<_>>()).collect();
    assert!(
        all.contains(&vec!["own.example.com".to_owned()])
            && all.contains(&vec!["shop.example.com".to_owned()]),
        "{all:?}"
    );
}

/// A header that the route matches is sent as the route wants it, and once.
#[test]
fn matched_headers_take_the_place_of_the_probers() {
    let matched = json!({"user-agent": {"exact": "mine"}, "X": {"exact": "1"}});
    let probe =
        probes_of(&[ingress("shop", &["shop.example.com"], json!([path("", matched)]))]).remove(0).remove(0);
    let mut headers: Vec<_> = probe.headers().collect();
    headers.sort_unstable();
    let expected =
        [("K-Network-Hash", "override"), ("K-Network-Probe", "probe"), ("X", "1"), ("user-agent", "mine")];
    assert_eq!(headers, expected);
}

#[test]
fn no_probes_without_probe_routes() {
    let shop = ingress("shop", &["shop.example.com"], json!([path("", json!({}))]));
    let report =
        |options: Options| translate([&shop], &options.with_class(ClassFilter::Any)).reports.remove(0);
    assert!(report(Options::default()).probes().is_empty());
    let rejected = ingress("shop", &["no host"], json!([path("", json!({}))]));
    assert!(probes_of(&[rejected]).remove(0).is_empty());
}

fn redirected() -> Ingress {
    ingress_of(json!({
        "metadata": {"namespace": "team-a", "name": "shop"},
        "spec": {
            "httpOption": "Redirected",
            "tls": [{"hosts": ["shop.example.com"], "secretName": "shop", "secretNamespace": "team-a"}],
            "rules": [
                {"hosts": ["shop.example.com"], "http": {"paths": [path("", json!({}))]}},
                {"hosts": ["shop.example.com"], "visibility": "ClusterLocal", "http": {"paths": [path("/private", json!({}))]}},
            ],
        },
    }))
}

#[test]
fn redirected_host_expects_a_redirect() {
    for probe in probes_of(&[redirected()]).remove(0) {
        let expected =
            if probe.scheme == Scheme::Http { ExpectedAnswer::Redirect } else { ExpectedAnswer::Hash };
        assert_eq!(probe.expected, expected, "{probe}");
    }
}

/// Of several routes the first answers whose path, host and headers are those of the probe, whichever route it was made for.
#[test]
fn answer_is_expected_of_the_first_route_that_takes_the_probe() {
    let of = |name: &str, value: &str| json!({name: {"exact": value}});
    let (none, tag, other_tag) = (json!({}), of("X-A", "1"), of("X-A", "2"));
    let (host, other_host) = (of("Host", "shop.example.com"), of("Host", "other.example.com"));
    // The headers that the redirected route demands, the path and the headers of the route that is not redirected.
    for (redirected_for, private, private_for, expected) in [
        (&none, "/healthz", &none, ExpectedAnswer::Hash),
        (&none, "/private", &none, ExpectedAnswer::Redirect),
        (&none, "/healthz", &tag, ExpectedAnswer::Redirect),
        (&none, "", &tag, ExpectedAnswer::Redirect),
        (&tag, "/healthz", &tag, ExpectedAnswer::Hash),
        (&tag, "/healthz", &other_tag, ExpectedAnswer::Redirect),
        (&none, "/healthz", &host, ExpectedAnswer::Hash),
        (&none, "/healthz", &other_host, ExpectedAnswer::Redirect),
    ] {
        let mut ingress = redirected();
        let rule = |visibility: &str, path: Value| {
            let rule =
                json!({"hosts": ["shop.example.com"], "visibility": visibility, "http": {"paths": [path]}});
            serde_json::from_value(rule).unwrap()
        };
        ingress.spec.rules = vec![
            rule("ExternalIP", path("", redirected_for.clone())),
            rule("ClusterLocal", path(private, private_for.clone())),
        ];
        let is_internal = |probe: &Probe| probe.gateway == Gateway::Internal && probe.scheme == Scheme::Http;
        let probe = probes_of(&[ingress]).remove(0).into_iter().find(is_internal).unwrap();
        let case = format!("{redirected_for} before {private} {private_for}");
        assert_eq!((probe.path.as_str(), probe.expected), ("/healthz", expected), "{case}");
    }
}

#[test]
fn verdicts_follow_knatives_prober() {
    let plain = probes_of(&[ingress("shop", &["shop.example.com"], json!([path("", json!({}))]))])
        .remove(0)
        .remove(0);
    let redirected = probes_of(&[redirected()]).remove(0);
    let redirected = redirected.into_iter().find(|probe| probe.expected == ExpectedAnswer::Redirect).unwrap();
    let own = Some("https://shop.example.com/healthz");
    for (status, hash, location, of_plain, of_redirected) in [
        (200, Some("the hash"), None, ProbeVerdict::Served, ProbeVerdict::Served),
        (200, Some("another"), None, ProbeVerdict::WrongHash, ProbeVerdict::WrongHash),
        (200, Some("override"), None, ProbeVerdict::WrongHash, ProbeVerdict::WrongHash),
        (200, None, None, ProbeVerdict::Served, ProbeVerdict::NotYet),
        (404, None, None, ProbeVerdict::NotYet, ProbeVerdict::NotYet),
        (503, None, None, ProbeVerdict::NotYet, ProbeVerdict::NotYet),
        (503, Some("the hash"), None, ProbeVerdict::NotYet, ProbeVerdict::NotYet),
        (301, None, own, ProbeVerdict::NotYet, ProbeVerdict::Served),
        (
            301,
            None,
            Some("https://shop.example.com:8443/healthz"),
            ProbeVerdict::NotYet,
            ProbeVerdict::Served,
        ),
        (
            301,
            None,
            Some("https://shop.example.com.evil/healthz"),
            ProbeVerdict::Served,
            ProbeVerdict::NotYet,
        ),
        (302, None, Some("/login"), ProbeVerdict::Served, ProbeVerdict::NotYet),
        (500, None, None, ProbeVerdict::Served, ProbeVerdict::NotYet),
    ] {
        for (probe, verdict) in [(&plain, of_plain), (&redirected, of_redirected)] {
            let hash = hash.map(|hash| if hash == "the hash" { &*probe.hash } else { hash });
            assert_eq!(
                probe.judge(&ProbeAnswer { status, hash, location }),
                verdict,
                "{status} {hash:?} {location:?} to {probe}"
            );
        }
    }
}
