//! Ingresses that are made to be expensive.

use std::hint::black_box;

use clap::ValueEnum;
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    jiff::{SignedDuration, Timestamp},
};
use knative_gloo_translate::{ClassFilter, Options, Translation, Translator, translate};
use knative_ingress_model::{
    HeaderMatch, HttpIngressPath, HttpIngressRuleValue, Ingress, IngressBackendSplit, IngressRule,
    IngressSpec, IngressTls, IntOrString, Visibility, keys,
};

/// What there is much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Rules, each with a host of its own.
    Rules,
    /// Hosts of one rule.
    Hosts,
    /// Splits of one path.
    Splits,
    /// Rules, hosts of each and splits of each, the same number of all three.
    RulesHostsSplits,
    /// Rules that all have the same hosts, as many as there are rules.
    SameHosts,
    /// Hosts, each in other ones of eight rules.
    OverlappingHosts,
    /// Ingresses that want one host.
    OneHost,
    /// The same, the youngest first.
    OneHostYoungestFirst,
    /// Ingresses with a wildcard each, and a certificate for it.
    Wildcards,
    /// Bytes of one path.
    LongPath,
    /// Bytes of one path that can be written as an expression alone.
    LongExpression,
    /// Paths of one rule.
    Paths,
    /// Paths of one rule, all the same.
    SamePaths,
    /// Headers that one path sets.
    SetHeaders,
    /// Headers that one path matches.
    MatchedHeaders,
    /// Certificates of one Ingress, each for a host of its rule.
    Certificates,
    /// Hosts that are none.
    BadHosts,
}

impl Shape {
    /// As the commands take it.
    #[must_use]
    pub fn argument(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Hosts => "hosts of one rule",
            Self::Splits => "splits of one path",
            Self::RulesHostsSplits => "rules × hosts × splits",
            Self::SameHosts => "rules, all with the same hosts",
            Self::OverlappingHosts => "hosts in different ones of 8 rules",
            Self::OneHost => "Ingresses that want one host",
            Self::OneHostYoungestFirst => "the same, the youngest first",
            Self::Wildcards => "wildcards with certificates",
            Self::LongPath => "bytes of one path",
            Self::LongExpression => "bytes of one path as an expression",
            Self::Paths => "paths of one rule",
            Self::SamePaths => "paths of one rule, all the same",
            Self::SetHeaders => "headers to set",
            Self::MatchedHeaders => "headers to match",
            Self::Certificates => "certificates",
            Self::BadHosts => "hosts that are none",
        }
    }

    /// The largest that is measured. Above etcd's limit of 1.5 MiB an object wherever that is possible at all.
    pub const fn largest(self) -> usize {
        match self {
            Self::Rules | Self::Splits | Self::OneHost | Self::Wildcards | Self::Certificates => 10_000,
            // Each call changes all reports: above this it takes minutes.
            Self::OneHostYoungestFirst => 1_600,
            // At a fortieth of it, the least that is measured, there are too many routes already: all sizes are rejected alike.
            Self::OverlappingHosts => 8_000,
            Self::RulesHostsSplits => 1_000,
            Self::Hosts | Self::Paths | Self::SamePaths | Self::BadHosts => 100_000,
            Self::SetHeaders | Self::MatchedHeaders => 100_000,
            Self::SameHosts => 120,
            Self::LongPath | Self::LongExpression => 1_000_000,
        }
    }

    /// Bytes of JSON of that size.
    ///
    /// # Errors
    ///
    /// When an Ingress can't be written as JSON.
    pub fn bytes(self, size: usize) -> serde_json::Result<usize> {
        self.ingresses(size).iter().map(|ingress| Ok(serde_json::to_vec(ingress)?.len())).sum()
    }

    /// The Ingresses of that size.
    pub fn ingresses(self, size: usize) -> Vec<Ingress> {
        let one = |spec: IngressSpec| vec![ingress(0, spec)];
        let of_paths = |paths: Vec<HttpIngressPath>| one(spec(vec![rule(vec![host(0)], paths)]));
        match self {
            Self::Rules => {
                one(spec(numbers(size).map(|number| rule(vec![host(number)], vec![path(1)])).collect()))
            }
            Self::Hosts => one(spec(vec![rule(numbers(size).map(host).collect(), vec![path(1)])])),
            Self::Splits => of_paths(vec![path(size)]),
            Self::RulesHostsSplits => one(spec(
                numbers(size)
                    .map(|number| {
                        let hosts = numbers(size).map(|place| host(number * size + place)).collect();
                        rule(hosts, vec![path(size)])
                    })
                    .collect(),
            )),
            Self::SameHosts => one(spec(
                numbers(size).map(|_| rule(numbers(size).map(host).collect(), vec![path(1)])).collect(),
            )),
            Self::OverlappingHosts => one(spec(
                (0..8).map(|bit| rule(hosts_with(bit, size), vec![path(size.div_ceil(8))])).collect(),
            )),
            Self::OneHost => wanting_one_host(size, |number| number),
            Self::OneHostYoungestFirst => wanting_one_host(size, |number| size - number),
            Self::Wildcards => numbers(size)
                .map(|number| {
                    let host = format!("*.{}", host(number));
                    let tls = vec![certificate(&host, number)];
                    ingress(number, IngressSpec { tls, ..spec(vec![rule(vec![host], vec![path(1)])]) })
                })
                .collect(),
            Self::LongPath => {
                of_paths(vec![HttpIngressPath { path: format!("/{}", "a".repeat(size)), ..path(1) }])
            }
            Self::LongExpression => {
                of_paths(vec![HttpIngressPath { path: format!("//{}", "a.".repeat(size / 2)), ..path(1) }])
            }
            Self::Paths => of_paths(
                numbers(size)
                    .map(|number| HttpIngressPath { path: format!("/{number}"), ..path(1) })
                    .collect(),
            ),
            Self::SamePaths => of_paths(numbers(size).map(|_| path(1)).collect()),
            Self::SetHeaders => {
                let append_headers =
                    numbers(size).map(|number| (format!("X-{number}"), "v".to_owned())).collect();
                of_paths(vec![HttpIngressPath { append_headers, ..path(1) }])
            }
            Self::MatchedHeaders => {
                let exact = |number| HeaderMatch { exact: format!("{number}"), ..HeaderMatch::default() };
                let headers = numbers(size).map(|number| (format!("X-{number}"), exact(number))).collect();
                of_paths(vec![HttpIngressPath { headers, ..path(1) }])
            }
            Self::Certificates => {
                let hosts: Vec<String> = numbers(size).map(host).collect();
                let tls = (0..).zip(&hosts).map(|(number, host)| certificate(host, number)).collect();
                one(IngressSpec { tls, ..spec(vec![rule(hosts, vec![path(1)])]) })
            }
            Self::BadHosts => one(spec(vec![rule(
                numbers(size).map(|number| format!("bad_{number}.example.com")).collect(),
                vec![path(1)],
            )])),
        }
    }
}

/// How Ingresses are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// All at once.
    Translate,
    /// One call each, with what it says changed.
    Apply,
}

/// Without the limit of an Ingress's output: a shape that passes it on its way to its largest size would show a step for a slope.
fn options() -> Options {
    Options::default().with_max_output_bytes(usize::MAX)
}

impl Way {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Translate, Self::Apply];

    /// The function that is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Translate => "translate",
            Self::Apply => "apply",
        }
    }

    /// Translates `ingresses`.
    pub fn translation(self, ingresses: &[Ingress]) -> Translation {
        match self {
            Self::Translate => translate(ingresses, &options()),
            Self::Apply => {
                let mut translator = Translator::new(options());
                for ingress in ingresses {
                    black_box(translator.apply(ingress));
                }
                translator.translation()
            }
        }
    }

    /// How cost may grow with the bytes of the input: as N log N does over the sizes that are measured, and no worse.
    pub const fn max_exponent(self, shape: Shape) -> f64 {
        match (self, shape) {
            // Each newcomer is the new owner, and every report that named the old one changes: what the calls say grows so itself.
            (Self::Apply, Shape::OneHostYoungestFirst) => 2.1,
            (Self::Translate | Self::Apply, _) => 1.2,
        }
    }
}

/// The slope of the line that fits these points best.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    covariance / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

fn numbers(size: usize) -> std::ops::Range<usize> {
    0..size
}

fn host(number: usize) -> String {
    format!("h{number}.example.com")
}

/// Those of `size` hosts whose number has that bit, so that nearly no two hosts are in the same rules.
fn hosts_with(bit: u32, size: usize) -> Vec<String> {
    numbers(size).filter(|number| (number + 1) >> bit & 1 == 1).map(host).collect()
}

fn wanting_one_host(size: usize, age: impl Fn(usize) -> usize) -> Vec<Ingress> {
    numbers(size)
        .map(|number| {
            let mut ingress = ingress(number, spec(vec![rule(vec![host(0)], vec![path(1)])]));
            let after = SignedDuration::from_secs(i64::try_from(age(number)).unwrap_or(i64::MAX));
            ingress.metadata.creation_timestamp = Timestamp::UNIX_EPOCH.checked_add(after).ok().map(Time);
            ingress
        })
        .collect()
}

fn ingress(number: usize, spec: IngressSpec) -> Ingress {
    Ingress {
        metadata: ObjectMeta {
            name: Some(format!("hostile-{number}")),
            namespace: Some("team".to_owned()),
            annotations: Some([(keys::INGRESS_CLASS.to_owned(), ClassFilter::GLOO.to_owned())].into()),
            ..ObjectMeta::default()
        },
        spec,
        ..Ingress::default()
    }
}

fn spec(rules: Vec<IngressRule>) -> IngressSpec {
    IngressSpec { rules, ..IngressSpec::default() }
}

fn rule(hosts: Vec<String>, paths: Vec<HttpIngressPath>) -> IngressRule {
    IngressRule {
        hosts,
        visibility: Some(Visibility::ExternalIp),
        http: Some(HttpIngressRuleValue { paths: Some(paths), ..HttpIngressRuleValue::default() }),
        ..IngressRule::default()
    }
}

/// A path with that many splits, of which the first has everything; the others have nothing but must be looked at.
fn path(splits: usize) -> HttpIngressPath {
    let split = |number: usize| IngressBackendSplit {
        service_namespace: "team".to_owned(),
        service_name: format!("backend-{number}"),
        service_port: IntOrString::Int(80),
        percent: if number < 100 && splits >= 100 {
            1
        } else if splits < 100 && number == 0 {
            100
        } else {
            0
        },
        ..IngressBackendSplit::default()
    };
    HttpIngressPath { splits: Some(numbers(splits).map(split).collect()), ..HttpIngressPath::default() }
}

fn certificate(host: &str, number: usize) -> IngressTls {
    IngressTls {
        hosts: vec![host.to_owned()],
        secret_name: format!("certificate-{number}"),
        secret_namespace: "team".to_owned(),
        ..IngressTls::default()
    }
}
