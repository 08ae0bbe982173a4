//! Arbitrary Ingresses, drawn from small pools so that they meet each other, and that live near the edges.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::apis::meta::v1::Time,
};
use knative_gloo_translate::{
    AllowedNamespaces, ClassFilter, Dialect, HostPorts, Options, SecretRef, SecretVerdict,
};
use knative_ingress_model::{
    GoDuration, HeaderMatch, Headers, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, Ingress,
    IngressBackendSplit, IngressKind, IngressRule, IngressSpec, IngressTls, IntOrString, ObjectMeta,
    Visibility,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub(crate) const NAMESPACES: [&str; 3] = ["team-a", "team-b", "1234"];

/// Mostly of the first kind, at times of the second.
fn mostly<T: std::fmt::Debug + Clone + 'static>(
    usual: impl Strategy<Value = T> + 'static,
    odd: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![12 => usual, 1 => odd].boxed()
}

fn words(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        words(&[
            "",
            " ",
            "%",
            "100%",
            "%ENVIRONMENT(HOME)%",
            "a\r\nb: c",
            "\0",
            "é",
            "\u{7f}",
            "\t",
            "*",
            ".",
            ":80",
            "y"
        ]),
        "[ -~]{0,12}",
        "\\PC{0,6}",
        "x{60,70}",
        "[a-z.]{250,260}",
    ]
}

pub(crate) fn host() -> impl Strategy<Value = String> {
    mostly(
        words(&[
            "a.example.com",
            "b.example.com",
            "A.example.com",
            "a.example.com.",
            "*.example.com",
            "*.a.example.com",
            "shop.team-a.svc.cluster.local",
            "shop.team-a.svc",
            "shop.team-a",
            "shop.team-b.svc.cluster.local",
            "shop.team-b",
            "shop.1234.svc.cluster.local",
            "shop.1234",
            "deep.shop.team-a.svc.cluster.local",
            "x.cluster.local",
            "team-a.svc.cluster.local",
            "example.com",
        ]),
        prop_oneof![
            words(&[
                "*",
                "",
                "*.svc.cluster.local",
                "svc.cluster.local",
                "a.example.com:80",
                "10.0.0.1",
                "shop",
                "*.local"
            ]),
            text(),
        ],
    )
}

fn path() -> impl Strategy<Value = String> {
    mostly(
        words(&[
            "",
            "/",
            "/foo",
            "/foo/",
            "/foobar",
            "/foo/bar",
            "/.well-known/acme-challenge/x",
            "/a%20b",
            "/Foo",
        ]),
        prop_oneof![
            words(&[
                "foo", "//", "/a//b", "/./", "/a/../b", "/a%2fb", "/a?b", "/a#b", "/é", "/(", "/a.*", "/%zz",
                "/a\n"
            ]),
            text(),
            "/[a-z ]{80,120}",
        ],
    )
}

fn header_name() -> impl Strategy<Value = String> {
    mostly(
        words(&["X-A", "X-B", "Knative-Serving-Tag", "Knative-Serving-Revision"]),
        prop_oneof![
            words(&["x-a", "Host", "host", ":authority", ":path", "connection", "K-Network-Hash", "a b", ""]),
            text()
        ],
    )
}

fn header_value() -> impl Strategy<Value = String> {
    mostly(words(&["a", "b", "", "team-a", "100%"]), text())
}

fn headers() -> impl Strategy<Value = Headers> {
    proptest::collection::btree_map(header_name(), header_value(), 0..3).prop_map(Headers::from)
}

fn port() -> impl Strategy<Value = IntOrString> {
    mostly(
        select(vec![80, 81, 443, 8080]).prop_map(IntOrString::Int),
        prop_oneof![
            any::<i32>().prop_map(IntOrString::Int),
            words(&["80", "http", "http2", "missing", "", "-1", "65536", "+80", "99999999999999999999"])
                .prop_map(IntOrString::String),
            text().prop_map(IntOrString::String),
        ],
    )
}

fn split(namespace: String) -> impl Strategy<Value = IngressBackendSplit> {
    let percent = mostly(select(vec![0, 10, 50, 90, 100]), any::<i64>());
    let namespace = mostly(Just(namespace), prop_oneof![words(&NAMESPACES), text()]);
    let name = mostly(words(&["shop-1", "shop-2", "external", "gateway"]), text());
    (namespace, name, port(), percent, headers()).prop_map(
        |(service_namespace, service_name, service_port, percent, append_headers)| IngressBackendSplit {
            service_namespace,
            service_name,
            service_port,
            percent,
            append_headers,
            ..IngressBackendSplit::default()
        },
    )
}

fn splits(namespace: String) -> impl Strategy<Value = Option<Vec<IngressBackendSplit>>> {
    let one = split(namespace.clone()).prop_map(|split| vec![IngressBackendSplit { percent: 100, ..split }]);
    let shared = vec(split(namespace.clone()), 2..4).prop_map(|mut splits| {
        let share = [(90, 10, 0), (50, 50, 0), (100, 0, 0)][splits.len() % 3];
        for (split, percent) in splits.iter_mut().zip([share.0, share.1, share.2]) {
            split.percent = percent;
        }
        splits
    });
    prop_oneof![
        8 => one.prop_map(Some),
        4 => shared.prop_map(Some),
        1 => vec(split(namespace), 0..3).prop_map(Some),
        1 => Just(None),
    ]
}

fn duration() -> impl Strategy<Value = GoDuration> {
    mostly(
        select(vec![0, 1_000_000_000, 600_000_000_000]),
        prop_oneof![select(vec![i64::MIN, i64::MAX, -1, 1, 999_999]), any::<i64>()],
    )
    .prop_map(GoDuration::from_nanos)
}

fn http_path(namespace: String) -> impl Strategy<Value = HttpIngressPath> {
    let wanted = proptest::collection::btree_map(
        header_name(),
        header_value().prop_map(|exact| HeaderMatch { exact, ..HeaderMatch::default() }),
        0..3,
    );
    let retries =
        (mostly(0_i64..4, any::<i64>()), option::of(duration())).prop_map(|(attempts, per_try_timeout)| {
            HttpRetry { attempts, per_try_timeout, ..HttpRetry::default() }
        });
    let rewrite = prop_oneof![
        12 => Just(String::new()),
        2 => words(&["shop.team-a.svc.cluster.local", "shop.team-b", "shop.team-b.svc", "www.example.org", "a b"]),
        1 => host(),
    ];
    (
        path(),
        rewrite,
        wanted,
        splits(namespace),
        headers(),
        option::weighted(0.2, duration()),
        option::weighted(0.2, retries),
    )
        .prop_map(|(path, rewrite_host, headers, splits, append_headers, timeout, retries)| {
            HttpIngressPath {
                path,
                rewrite_host,
                headers: headers.into(),
                splits,
                append_headers,
                timeout,
                retries,
                ..HttpIngressPath::default()
            }
        })
}

fn visibility() -> impl Strategy<Value = Option<Visibility>> {
    prop_oneof![
        4 => Just(None),
        4 => Just(Some(Visibility::ExternalIp)),
        4 => Just(Some(Visibility::ClusterLocal)),
        1 => words(&["external", "clusterlocal", "x"]).prop_map(|word| Some(Visibility::Unknown(word))),
    ]
}

fn rule(namespace: String) -> impl Strategy<Value = IngressRule> {
    let http = vec(http_path(namespace), 1..3)
        .prop_map(|paths| HttpIngressRuleValue { paths: Some(paths), ..HttpIngressRuleValue::default() });
    // Many more than are compared one by one, with some of them twice.
    let hosts = prop_oneof![24 => vec(host(), 1..4), 1 => vec(host(), 0..2), 1 => vec(host(), 18..40)];
    (hosts, visibility(), option::weighted(0.95, http)).prop_map(|(hosts, visibility, http)| IngressRule {
        hosts,
        visibility,
        http,
        ..IngressRule::default()
    })
}

fn tls(namespace: String) -> impl Strategy<Value = IngressTls> {
    let namespace = mostly(Just(namespace), words(&NAMESPACES));
    (
        vec(host(), 0..3),
        mostly(words(&["cert-1", "cert-2"]), text()),
        namespace,
        words(&["", "", "tls.crt", "c.pem"]),
    )
        .prop_map(|(hosts, secret_name, secret_namespace, server_certificate)| IngressTls {
            hosts,
            secret_name,
            secret_namespace,
            server_certificate,
            ..IngressTls::default()
        })
}

fn metadata(namespace: String) -> impl Strategy<Value = ObjectMeta> {
    let created = option::of(select(vec!["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]));
    let annotations = proptest::collection::btree_map(
        words(&[
            "networking.knative.dev/ingress.class",
            "gloo.networking.knative.dev/ssl.secret_name",
            "gloo.networking.knative.dev/ssl.secret_namespace",
            "gloo.networking.knative.dev/ssl.sni_domains",
        ]),
        prop_oneof![
            words(&[ClassFilter::GLOO, "cert-1", "team-a", "a.example.com, b.example.com", ""]),
            text()
        ],
        0..2,
    );
    let name = mostly(words(&["a", "b", "a-0", "shop"]), text());
    (name, created, option::weighted(0.2, annotations)).prop_map(move |(name, created, annotations)| {
        ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.clone()),
            creation_timestamp: created.map(|text| Time(text.parse().unwrap())),
            annotations,
            ..ObjectMeta::default()
        }
    })
}

/// An Ingress of either age, valid or not.
pub(crate) fn ingress() -> impl Strategy<Value = Ingress> {
    let namespace = mostly(words(&NAMESPACES), text());
    let http_option = prop_oneof![
        6 => Just(None),
        2 => Just(Some(HttpOption::Enabled)),
        3 => Just(Some(HttpOption::Redirected)),
        1 => Just(Some(HttpOption::Unknown("redirected".to_owned()))),
    ];
    (namespace, http_option, visibility()).prop_flat_map(|(namespace, http_option, spec_visibility)| {
        let rules = mostly(vec(rule(namespace.clone()), 1..4), vec(rule(namespace.clone()), 0..1));
        let tls = prop_oneof![2 => Just(Vec::new()), 1 => vec(tls(namespace.clone()), 1..3)];
        let kind = prop_oneof![20 => Just(IngressKind::Ingress), 1 => Just(IngressKind::ClusterIngress)];
        (metadata(namespace), rules, tls, kind, Just(http_option), Just(spec_visibility)).prop_map(
            |(metadata, rules, tls, kind, http_option, visibility)| Ingress {
                kind,
                metadata,
                spec: IngressSpec { rules, tls, http_option, visibility, ..IngressSpec::default() },
                ..Ingress::default()
            },
        )
    })
}

/// An Ingress that wants what others want: of a few objects, with a few hosts and certificates, at times with an error.
pub(crate) fn contender() -> impl Strategy<Value = Ingress> {
    let hosts = vec(words(&["a.example.com", "b.example.com", "shop.team-a", "shop.team-b"]), 1..3);
    let created = option::of(select(vec!["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]));
    let port = prop_oneof![4 => Just(80), 1 => Just(70_000)];
    let certificate = option::of(words(&["cert-1", "cert-2"]));
    (words(&NAMESPACES), words(&["a", "b"]), hosts, created, port, any::<bool>(), certificate).prop_map(
        |(namespace, name, hosts, created, port, is_inside, certificate)| {
            let certificate = certificate.map(|secret_name| IngressTls {
                secret_name,
                secret_namespace: namespace.clone(),
                ..IngressTls::default()
            });
            let split = IngressBackendSplit {
                service_namespace: namespace.clone(),
                service_name: "shop-1".to_owned(),
                service_port: IntOrString::Int(port),
                percent: 100,
                ..IngressBackendSplit::default()
            };
            let paths = vec![HttpIngressPath { splits: Some(vec![split]), ..HttpIngressPath::default() }];
            let mut hosts = hosts;
            if is_inside {
                hosts.push(format!("shop.{namespace}.svc.cluster.local"));
            }
            Ingress {
                metadata: ObjectMeta {
                    name: Some(name),
                    namespace: Some(namespace),
                    creation_timestamp: created.map(|text| Time(text.parse().unwrap())),
                    ..ObjectMeta::default()
                },
                spec: IngressSpec {
                    rules: vec![IngressRule {
                        hosts,
                        http: Some(HttpIngressRuleValue {
                            paths: Some(paths),
                            ..HttpIngressRuleValue::default()
                        }),
                        ..IngressRule::default()
                    }],
                    tls: certificate.into_iter().collect(),
                    ..IngressSpec::default()
                },
                ..Ingress::default()
            }
        },
    )
}

/// Ingresses of which no two have one namespace and name.
pub(crate) fn ingresses(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Ingress>> {
    vec(ingress(), count).prop_map(|ingresses| {
        let by_ref: BTreeMap<_, _> =
            ingresses.into_iter().map(|ingress| (ingress.reference(), ingress)).collect();
        by_ref.into_values().collect()
    })
}

/// A Service, at times an ExternalName.
pub(crate) fn service() -> impl Strategy<Value = Service> {
    let external_name = words(&[
        "knative-internal-proxy.gloo-system.svc.cluster.local",
        "shop-1.team-a.svc.cluster.local",
        "shop-2.team-b",
        "external.team-a.svc",
        "www.example.org",
        "",
    ]);
    let ports = vec((select(vec![80, 81, 443]), option::of(words(&["http", "http2", "https"]))), 0..3);
    (
        words(&NAMESPACES),
        words(&["shop-1", "shop-2", "external", "gateway"]),
        option::of(external_name),
        ports,
    )
        .prop_map(|(namespace, name, external_name, ports)| Service {
            metadata: ObjectMeta { namespace: Some(namespace), name: Some(name), ..ObjectMeta::default() },
            spec: Some(ServiceSpec {
                type_: external_name.as_ref().map(|_| "ExternalName".to_owned()),
                external_name,
                ports: Some(
                    ports
                        .into_iter()
                        .map(|(port, name)| ServicePort { port, name, ..ServicePort::default() })
                        .collect(),
                ),
                ..ServiceSpec::default()
            }),
            ..Service::default()
        })
}

/// A Secret that Ingresses name, and what is known of it.
pub(crate) fn secret() -> impl Strategy<Value = (SecretRef, SecretVerdict)> {
    let verdict = prop_oneof![
        2 => Just(SecretVerdict::Usable),
        1 => Just(SecretVerdict::unusable("tls.key: garbage")),
        1 => Just(SecretVerdict::unusable("tls.crt: too short a key")),
    ];
    (words(&NAMESPACES), words(&["cert-1", "cert-2", "team-a"]), verdict)
        .prop_map(|(namespace, name, verdict)| (SecretRef::new(namespace, name), verdict))
}

/// Options of every kind.
pub(crate) fn options() -> impl Strategy<Value = Options> {
    let dialect =
        prop_oneof![3 => Just(Dialect::Knative), 1 => Just(Dialect::Gloo1_3), 1 => Just(Dialect::Gloo1_22)];
    let class = prop_oneof![6 => Just(ClassFilter::Any), 1 => Just(ClassFilter::named(ClassFilter::GLOO))];
    let host_ports = prop_oneof![
        3 => Just(HostPorts::Standard),
        1 => Just(HostPorts::Any),
        1 => Just(HostPorts::Fixed { http: 8080, https: 8443 }),
    ];
    let services = option::of(vec(service(), 0..6));
    let secrets = option::of(vec(secret(), 0..6));
    (dialect, class, host_ports, any::<bool>(), services, secrets, any::<(bool, bool, bool)>()).prop_map(
        |(dialect, class, host_ports, probe, services, known_secrets, (backends, secrets, hosts))| {
            let options = Options::default()
                .with_dialect(dialect)
                .with_class(class)
                .with_host_ports(host_ports)
                .with_probe(probe)
                .with_allow_foreign_backends(backends && secrets)
                .with_allow_foreign_secrets(secrets && hosts)
                .with_allow_foreign_cluster_hosts(hosts && backends)
                .with_allow_catch_all(match (backends, secrets) {
                    (true, true) => AllowedNamespaces::All,
                    (true, false) => AllowedNamespaces::only(["team-a", "1234"]),
                    (false, _) => AllowedNamespaces::Nobody,
                });
            let options = if probe && hosts { options.with_max_output_bytes(1500) } else { options };
            let options = match services {
                Some(services) => options.with_services(services.into_iter().collect()),
                None => options,
            };
            match known_secrets {
                Some(secrets) => options.with_secrets(secrets.into_iter().collect()),
                None => options,
            }
        },
    )
}
