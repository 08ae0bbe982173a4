//! Arbitrary sets of Ingresses that live near the edges.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::ClassFilter;
use knative_ingress_model::{
    GoDuration, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, Ingress,
    IngressBackendSplit, IngressKind, IngressRule, IngressSpec, IngressTls, IntOrString, Visibility, keys,
};

use super::pools::*;
use super::{Case, Choices, Switches};

/// In which share of Ingresses something odd may stand, and how often it does there where something usual could: most of it
/// is an error, and an Ingress with an error says nothing else.
const ODD_INGRESSES: usize = 35;
const ODD: usize = 3;

/// A set of a few Ingresses and the options that they are read with.
pub fn case(choices: &mut Choices) -> Case {
    let options = switches(choices);
    let domain = options.cluster_domain.clone().unwrap_or_else(|| "cluster.local".to_owned());
    let count = choices.below(5).saturating_add(1);
    let ingresses = (0..count)
        .map(|_| Maker { choices, domain: &domain, own: String::new(), odd: 0 }.ingress())
        .collect();
    let services = choices.chance(40).then(|| services(&domain));
    Case { options, ingresses, services }
}

/// One more Ingress for a set.
pub fn ingress(choices: &mut Choices, cluster_domain: &str) -> Ingress {
    Maker { choices, domain: cluster_domain, own: String::new(), odd: 0 }.ingress()
}

fn switches(choices: &mut Choices) -> Switches {
    Switches {
        class: choices.chance(10).then(|| ClassFilter::GLOO.to_owned()),
        cluster_domain: choices
            .chance(10)
            .then(|| choices.word(&["k8s.test", "example.com", "local", "a.k8s.test"]).to_owned()),
        host_ports: choices.chance(10).then(|| match choices.below(3) {
            0 => (8080, 8443),
            1 => (8080, 443),
            _ => (80, 8443),
        }),
        any_host_port: choices.chance(10),
        probe: choices.chance(15),
        regex_max_program_size: choices.chance(20).then_some(1024),
        foreign_backends: choices.chance(10),
        foreign_secrets: choices.chance(10),
        foreign_cluster_hosts: choices.chance(10),
    }
}

/// The Services of every namespace: plain ones, and ExternalNames of each kind.
fn services(domain: &str) -> Vec<Service> {
    let service = |namespace: &str, name: &str, external: Option<String>| {
        let port = |name: &str, port: i32| ServicePort {
            name: Some(name.to_owned()),
            port,
            ..ServicePort::default()
        };
        Service {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            },
            spec: Some(ServiceSpec {
                type_: external.is_some().then(|| "ExternalName".to_owned()),
                external_name: external,
                ports: Some(vec![port("http", 80), port("grpc", 8081)]),
                ..ServiceSpec::default()
            }),
            status: None,
        }
    };
    let of_namespace = |namespace: &str| {
        let other = if namespace == "team-a" { "team-b" } else { "team-a" };
        [
            service(namespace, "v1", None),
            service(namespace, "v2", None),
            service(namespace, "alias", Some(format!("v1.{namespace}.svc.{domain}"))),
            service(namespace, "short", Some(format!("v1.{namespace}"))),
            service(namespace, "gateway", Some(format!("knative-internal-proxy.gloo-system.svc.{domain}"))),
            service(namespace, "outside", Some("api.partner.example".to_owned())),
            service(namespace, "neighbour", Some(format!("v1.{other}.svc"))),
        ]
    };
    ["team-a", "team-b", "1234", "svc"].into_iter().flat_map(of_namespace).collect()
}

struct Maker<'a> {
    choices: &'a mut Choices,
    domain: &'a str,
    own: String,
    /// How often, in percent, something odd stands where something usual could.
    odd: usize,
}

impl Maker<'_> {
    fn word(&mut self, usual: &[&'static str], odd: &[&'static str]) -> String {
        let word =
            if self.choices.chance(self.odd) { self.choices.word(odd) } else { self.choices.word(usual) };
        let other = if self.own == "team-a" { "team-b" } else { "team-a" };
        word.replace("{ns}", &self.own).replace("{other}", other).replace("{cd}", self.domain)
    }

    fn ingress(&mut self) -> Ingress {
        self.own = if self.choices.chance(4) { "svc" } else { self.choices.word(NAMESPACES) }.to_owned();
        self.odd = if self.choices.chance(ODD_INGRESSES) { ODD } else { 0 };
        let cluster = self.choices.chance(3);
        let mut annotations = BTreeMap::new();
        if self.choices.chance(90) {
            let class = if self.choices.chance(self.odd) { "other" } else { ClassFilter::GLOO };
            annotations.insert(keys::INGRESS_CLASS.to_owned(), class.to_owned());
        }
        if self.choices.chance(5) {
            let prefix = "gloo.networking.knative.dev/ssl";
            annotations.insert(format!("{prefix}.secret_name"), self.word(SECRETS, ODD_SECRETS));
            if self.choices.chance(30) {
                annotations.insert(format!("{prefix}.secret_namespace"), self.namespace());
            }
            if self.choices.chance(60) {
                let hosts = [self.word(TLS_HOSTS, ODD_TLS_HOSTS), self.word(TLS_HOSTS, ODD_TLS_HOSTS)];
                annotations.insert(format!("{prefix}.sni_domains"), hosts.join(", "));
            }
        }
        let created = self.choices.word(AGES);
        let labels = cluster.then(|| BTreeMap::from([(keys::ROUTE_NAMESPACE.to_owned(), self.own.clone())]));
        let name = self.word(NAMES, BAD_NAMES);
        Ingress {
            kind: if cluster { IngressKind::ClusterIngress } else { IngressKind::Ingress },
            metadata: ObjectMeta {
                name: Some(name),
                namespace: (!cluster).then(|| self.own.clone()),
                annotations: (!annotations.is_empty()).then_some(annotations),
                labels,
                creation_timestamp: created.parse().ok().map(knative_ingress_model::Time),
                ..ObjectMeta::default()
            },
            spec: self.spec(),
            ..Ingress::default()
        }
    }

    /// Usually its own; rarely another, or none.
    fn namespace(&mut self) -> String {
        if self.choices.chance(self.odd) {
            self.choices.word(&["team-b", "team-a", ""]).to_owned()
        } else {
            self.own.clone()
        }
    }

    fn visibility(&mut self) -> Option<Visibility> {
        match self.choices.below(100) {
            0..40 => Some(Visibility::ExternalIp),
            40..75 => Some(Visibility::ClusterLocal),
            _ if !self.choices.chance(self.odd) => None,
            _ => Some(Visibility::Unknown("Public".to_owned())),
        }
    }

    fn spec(&mut self) -> IngressSpec {
        let rules = self.choices.below(3).saturating_add(1);
        let tls = match self.choices.below(100) {
            0..55 => 0,
            55..85 => 1,
            _ => 2,
        };
        IngressSpec {
            rules: (0..rules).map(|_| self.rule()).collect(),
            tls: (0..tls).map(|_| self.tls()).collect(),
            visibility: if self.choices.chance(20) { self.visibility() } else { None },
            http_option: match self.choices.below(100) {
                0..40 => None,
                40..55 => Some(HttpOption::Enabled),
                55..99 => Some(HttpOption::Redirected),
                _ => Some(HttpOption::Unknown("redirected".to_owned())),
            },
            ..IngressSpec::default()
        }
    }

    fn tls(&mut self) -> IngressTls {
        let count = if self.choices.chance(10) { 0 } else { self.choices.below(3).saturating_add(1) };
        IngressTls {
            hosts: (0..count).map(|_| self.word(TLS_HOSTS, ODD_TLS_HOSTS)).collect(),
            secret_name: self.word(SECRETS, ODD_SECRETS),
            secret_namespace: self.namespace(),
            ..IngressTls::default()
        }
    }

    fn rule(&mut self) -> IngressRule {
        let hosts = if self.choices.chance(10) { 0 } else { self.choices.below(3).saturating_add(1) };
        let paths = if self.choices.chance(self.odd) { 0 } else { self.choices.below(3).saturating_add(1) };
        let http = HttpIngressRuleValue {
            paths: Some((0..paths).map(|_| self.path()).collect()),
            ..HttpIngressRuleValue::default()
        };
        IngressRule {
            hosts: (0..hosts).map(|_| self.word(HOSTS, ODD_HOSTS)).collect(),
            visibility: self.visibility(),
            http: (!self.choices.chance(self.odd)).then_some(http),
            ..IngressRule::default()
        }
    }

    fn path(&mut self) -> HttpIngressPath {
        let matched = if self.choices.chance(30) { self.choices.below(2).saturating_add(1) } else { 0 };
        let headers = (0..matched).map(|_| {
            let exact = self.word(MATCHED_VALUES, ODD_MATCHED_VALUES);
            (self.word(MATCHED, ODD_MATCHED), HeaderMatch { exact, ..HeaderMatch::default() })
        });
        HttpIngressPath {
            headers: headers.collect(),
            path: if self.choices.chance(8) {
                self.choices.word(ODD_PATHS).to_owned()
            } else {
                self.choices.word(PATHS).to_owned()
            },
            rewrite_host: if self.choices.chance(15) {
                self.word(REWRITE_HOSTS, ODD_REWRITE_HOSTS)
            } else {
                String::new()
            },
            splits: Some(self.splits()),
            append_headers: self.appended(),
            timeout: self.choices.chance(15).then(|| self.duration()),
            retries: self.choices.chance(10).then(|| self.retries()),
            ..HttpIngressPath::default()
        }
    }

    fn duration(&mut self) -> GoDuration {
        const NANOS: &[i64] = &[
            1_000_000_000,
            0,
            600_000_000_000,
            500_000,
            1_500_000,
            1,
            -1,
            9_223_372_035_999_999_999,
            9_223_372_036_000_000_000,
            i64::MAX,
            i64::MIN,
        ];
        let end = if self.choices.chance(self.odd) { NANOS.len() } else { 6 };
        GoDuration::from_nanos(NANOS.get(self.choices.below(end)).copied().unwrap_or_default())
    }

    fn retries(&mut self) -> HttpRetry {
        const ATTEMPTS: &[i64] = &[3, 0, 1, 4_294_967_295, 4_294_967_296, -1];
        let end = if self.choices.chance(self.odd) { ATTEMPTS.len() } else { 4 };
        HttpRetry {
            attempts: ATTEMPTS.get(self.choices.below(end)).copied().unwrap_or_default(),
            per_try_timeout: self.choices.chance(50).then(|| self.duration()),
            ..HttpRetry::default()
        }
    }

    fn appended(&mut self) -> BTreeMap<String, String> {
        let count = if self.choices.chance(35) { self.choices.below(2).saturating_add(1) } else { 0 };
        (0..count)
            .map(|_| (self.word(APPENDED, ODD_APPENDED), self.word(APPENDED_VALUES, ODD_APPENDED_VALUES)))
            .collect()
    }

    fn splits(&mut self) -> Vec<IngressBackendSplit> {
        let shares = if self.choices.chance(self.odd) {
            self.choices.pick(ODD_SHARES)
        } else {
            self.choices.pick(SHARES)
        };
        let split = |percent: &i64| IngressBackendSplit {
            service_namespace: self.namespace(),
            service_name: if self.choices.chance(self.odd) {
                self.choices.word(ODD_SERVICES).to_owned()
            } else {
                self.choices.word(SERVICES).to_owned()
            },
            service_port: self.port(),
            percent: *percent,
            append_headers: self.appended(),
            ..IngressBackendSplit::default()
        };
        shares.unwrap_or_default().iter().map(split).collect()
    }

    fn port(&mut self) -> IntOrString {
        match self.choices.below(100) {
            0..94 => IntOrString::Int(80),
            94..98 => IntOrString::String("80".to_owned()),
            _ if !self.choices.chance(self.odd.saturating_mul(10)) => IntOrString::Int(8080),
            98 => IntOrString::String(self.choices.word(ODD_TEXT_PORTS).to_owned()),
            _ => IntOrString::Int(ODD_PORTS.get(self.choices.below(ODD_PORTS.len())).copied().unwrap_or(80)),
        }
    }
}
