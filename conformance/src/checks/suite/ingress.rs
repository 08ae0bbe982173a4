use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use knative_ingress_model::{
    Headers, HttpIngressPath, HttpIngressRuleValue, IngressBackendSplit, IngressRule, IngressSpec, Visibility,
};

use super::Service;

/// A rule with paths.
pub fn rule(hosts: &[String], visibility: Visibility, paths: Vec<HttpIngressPath>) -> IngressRule {
    IngressRule {
        hosts: hosts.to_vec(),
        visibility: Some(visibility),
        http: Some(HttpIngressRuleValue { paths: Some(paths), ..HttpIngressRuleValue::default() }),
        ..IngressRule::default()
    }
}

/// A path with backends; the empty path is every path.
pub fn path(prefix: &str, splits: Vec<IngressBackendSplit>) -> HttpIngressPath {
    HttpIngressPath { path: prefix.to_owned(), splits: Some(splits), ..HttpIngressPath::default() }
}

/// A backend with its share, and a header that is set for it.
pub fn backend(service: &Service, percent: i64, header: Option<(&str, &str)>) -> IngressBackendSplit {
    IngressBackendSplit {
        service_namespace: service.namespace.clone(),
        service_name: service.name.clone(),
        service_port: IntOrString::Int(service.port),
        percent,
        append_headers: header.map(|(name, value)| one_header(name, value)).unwrap_or_default(),
        ..IngressBackendSplit::default()
    }
}

/// The spec that most tests use: one public rule, one host, one path, one backend.
pub fn shape_1(host: &str, service: &Service) -> IngressSpec {
    public(&[host.to_owned()], vec![path("", vec![backend(service, 100, None)])])
}

/// One public rule.
pub(super) fn public(hosts: &[String], paths: Vec<HttpIngressPath>) -> IngressSpec {
    IngressSpec { rules: vec![rule(hosts, Visibility::ExternalIp, paths)], ..IngressSpec::default() }
}

/// One private rule.
pub(super) fn private(hosts: &[String], paths: Vec<HttpIngressPath>) -> IngressSpec {
    IngressSpec { rules: vec![rule(hosts, Visibility::ClusterLocal, paths)], ..IngressSpec::default() }
}

pub(super) fn one_header(name: &str, value: &str) -> Headers {
    Headers::from([(name.to_owned(), value.to_owned())])
}
