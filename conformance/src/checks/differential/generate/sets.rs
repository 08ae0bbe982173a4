//! Arbitrary sets of Ingresses that live near the edges.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::ClassFilter;
use knative_ingress_model::{
    GoDuration, HeaderMatch, Headers, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, Ingress,
    IngressBackendSplit, IngressKind, IngressRule, IngressSpec, IngressTls, IntOrString, Visibility, keys,
};

use super::pools::*;
use super::{Case, Choices, Switches};

/// In which share of Ingresses something odd may stand, and how often it does there where something usual could: most of it
/// is an error, and an Ingress with an error says nothing else.
const ODD_INGRESSES: usize = 35;
const ODD: usize = 3;

/// In which share of sets tenants collude.
const COLLUDING: usize = 20;

/// A set of a few Ingresses and the options that they are read with.
pub fn case(choices: &mut Choices) -> Case {
    let options = switches(choices);
    if choices.chance(COLLUDING) {
        return conspiracy(choices, options);
    }
    let domain = options.cluster_domain.clone().unwrap_or_else(|| "cluster.local".to_owned());
    let count = choices.below(5).saturating_add(1);
    let ingresses = (0..count).map(|_| Maker::new(choices, &domain, &options).ingress()).collect();
    let services = choices.chance(40).then(|| services(&domain));
    let secrets = choices.chance(40).then(|| secrets(choices));
    Case { options, ingresses, services, secrets }
}

/// The TLS Secrets of every namespace: most usable, some not, some missing.
fn secrets(choices: &mut Choices) -> BTreeMap<String, bool> {
    let mut known = BTreeMap::new();
    for namespace in NAMESPACES.iter().chain(&["svc"]) {
        for name in SECRETS {
            match choices.below(10) {
                0..6 => drop(known.insert(format!("{namespace}/{name}"), true)),
                6..8 => drop(known.insert(format!("{namespace}/{name}"), false)),
                _ => {}
            }
        }
    }
    known
}

/// A set in which tenants of several namespaces lead requests from gateway to gateway, as far as they are let.
pub fn colluding(choices: &mut Choices) -> Case {
    let options = switches(choices);
    conspiracy(choices, options)
}

fn conspiracy(choices: &mut Choices, options: Switches) -> Case {
    let domain = options.cluster_domain.clone().unwrap_or_else(|| "cluster.local".to_owned());
    let count = choices.below(5).saturating_add(2);
    let ingresses = (0..count).map(|_| {
        let maker = Maker::new(choices, &domain, &options);
        Maker { role: Some(Role::Front), ..maker }.ingress()
    });
    let ingresses = ingresses.collect();
    let secrets = choices.chance(40).then(|| secrets(choices));
    Case { ingresses, services: Some(services(&domain)), secrets, options }
}

/// One more Ingress for a set.
pub fn ingress(choices: &mut Choices, cluster_domain: &str) -> Ingress {
    Maker::new(choices, cluster_domain, &Switches::default()).ingress()
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
        catch_all: if choices.chance(35) {
            vec![choices.word(&["*", "team-a", "1234"]).to_owned()]
        } else {
            Vec::new()
        },
        // Ingresses of this generator come to some hundred or some thousand bytes.
        max_output_bytes: choices.chance(6).then(|| match choices.below(4) {
            0 => 0,
            1 => 1_000,
            2 => 3_000,
            _ => 9_000,
        }),
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
            service(namespace, "public-gateway", Some("KNATIVE-external-proxy.gloo-system.svc.".to_owned())),
            service(namespace, "gateway-by-alias", Some(format!("gateway.{namespace}.svc.{domain}"))),
            service(
                namespace,
                "gateway-by-short-name",
                Some("knative-internal-proxy.gloo-system".to_owned()),
            ),
            service(namespace, "outside", Some("api.partner.example".to_owned())),
            service(namespace, "neighbour", Some(format!("v1.{other}.svc"))),
        ]
    };
    ["team-a", "team-b", "team-c", "1234", "svc"].into_iter().flat_map(of_namespace).collect()
}

struct Maker<'a> {
    choices: &'a mut Choices,
    domain: &'a str,
    own: String,
    /// How often, in percent, something odd stands where something usual could.
    odd: usize,
    /// How often, in percent, a rule has no hosts.
    hostless: usize,
    /// What the rule is for, among tenants who collude.
    role: Option<Role>,
}

/// What a rule of colluding tenants is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// To send requests to a gateway.
    Front,
    /// To be what a gateway sends them to.
    Inner,
}

impl<'a> Maker<'a> {
    fn new(choices: &'a mut Choices, domain: &'a str, options: &Switches) -> Self {
        let hostless = if options.catch_all.is_empty() { 2 } else { 15 };
        Self { choices, domain, own: String::new(), odd: 0, hostless, role: None }
    }

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
        let usual = if self.role.is_some() { FRONT_HOSTS } else { TLS_HOSTS };
        IngressTls {
            hosts: (0..count).map(|_| self.word(usual, ODD_TLS_HOSTS)).collect(),
            secret_name: self.word(SECRETS, ODD_SECRETS),
            secret_namespace: self.namespace(),
            ..IngressTls::default()
        }
    }

    fn rule(&mut self) -> IngressRule {
        if self.role.is_some() {
            self.role = Some(if self.choices.chance(50) { Role::Inner } else { Role::Front });
        }
        let hosts = match self.choices.below(100) {
            place if place >= 100_usize.saturating_sub(self.hostless) => 0,
            // More than are compared one by one.
            50 => self.choices.below(30).saturating_add(12),
            _ => self.choices.below(3).saturating_add(1),
        };
        let paths = if self.choices.chance(self.odd) { 0 } else { self.choices.below(3).saturating_add(1) };
        let http = HttpIngressRuleValue {
            paths: Some((0..paths).map(|_| self.path()).collect()),
            ..HttpIngressRuleValue::default()
        };
        IngressRule {
            hosts: (0..hosts).map(|_| self.host()).collect(),
            visibility: self.visibility(),
            http: (!self.choices.chance(self.odd)).then_some(http),
            ..IngressRule::default()
        }
    }

    fn host(&mut self) -> String {
        let usual = match self.role {
            Some(Role::Front) => FRONT_HOSTS,
            Some(Role::Inner) => INNER_HOSTS,
            None => HOSTS,
        };
        self.word(usual, ODD_HOSTS)
    }

    fn rewrite_host(&mut self) -> String {
        match self.role {
            Some(Role::Front) if self.choices.chance(15) => self.word(FRONT_REWRITES, ODD_REWRITE_HOSTS),
            Some(Role::Front) => self.word(INNER_REWRITES, ODD_REWRITE_HOSTS),
            Some(Role::Inner) | None if self.choices.chance(15) => {
                self.word(REWRITE_HOSTS, ODD_REWRITE_HOSTS)
            }
            Some(Role::Inner) | None => String::new(),
        }
    }

    fn service(&mut self) -> String {
        let leads_on = match self.role {
            Some(Role::Front) => 80,
            Some(Role::Inner) => 4,
            None => 0,
        };
        let pool = if self.choices.chance(leads_on) {
            GATEWAYS
        } else if self.choices.chance(self.odd) {
            ODD_SERVICES
        } else {
            SERVICES
        };
        self.choices.word(pool).to_owned()
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
            rewrite_host: self.rewrite_host(),
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

    fn appended(&mut self) -> Headers {
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
            service_name: self.service(),
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
