//! The spec that Serving writes for a DomainMapping.

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    jiff::SignedDuration,
};
use knative_ingress_model::{
    Headers, HttpIngressPath, HttpIngressRuleValue, HttpOption, Ingress, IngressBackendSplit, IngressRule,
    IngressSpec, IngressTls, IntOrString, Visibility, keys,
};

use super::{draw::Mapping, names::Names};

/// The spec that maps `domain`.
pub(super) fn spec(names: &Names, mapping: &Mapping, domain: &str) -> IngressSpec {
    let tls = mapping.tls.then(|| IngressTls {
        hosts: vec![domain.to_owned()],
        secret_name: names.uid.clone(),
        secret_namespace: names.namespace.clone(),
        ..IngressTls::default()
    });
    spec_of(domain, &names.service, &names.namespace, tls)
}

/// The host of the first public rule of `ingress`.
pub(super) fn public_host(ingress: &Ingress) -> Option<String> {
    let is_public = |rule: &&IngressRule| rule.visibility == Some(Visibility::ExternalIp);
    ingress.spec.rules.iter().find(is_public)?.hosts.last().cloned()
}

fn spec_of(domain: &str, service: &str, namespace: &str, tls: Option<IngressTls>) -> IngressSpec {
    let split = IngressBackendSplit {
        service_namespace: namespace.to_owned(),
        service_name: service.to_owned(),
        service_port: IntOrString::Int(80),
        percent: 100,
        append_headers: Headers::from([("K-Original-Host".to_owned(), domain.to_owned())]),
        ..IngressBackendSplit::default()
    };
    let path = HttpIngressPath {
        rewrite_host: format!("{service}.{namespace}.svc.cluster.local"),
        splits: Some(vec![split]),
        ..HttpIngressPath::default()
    };
    let http_option = if tls.is_some() { HttpOption::Redirected } else { HttpOption::Enabled };
    IngressSpec {
        rules: vec![IngressRule {
            hosts: vec![domain.to_owned()],
            visibility: Some(Visibility::ExternalIp),
            http: Some(HttpIngressRuleValue { paths: Some(vec![path]), ..HttpIngressRuleValue::default() }),
            ..IngressRule::default()
        }],
        tls: tls.into_iter().collect(),
        http_option: Some(http_option),
        ..IngressSpec::default()
    }
}

pub(super) fn rival(other: &Ingress, days: i64) -> Option<Ingress> {
    let domain = public_host(other)?;
    let namespace = format!("rival-of-{}", other.namespace());
    let created = other.metadata.creation_timestamp.as_ref()?;
    let older = created.0.checked_sub(SignedDuration::from_hours(24 * days)).ok()?;
    let annotations = other.metadata.annotations.iter().flatten();
    Some(Ingress {
        metadata: ObjectMeta {
            name: Some(domain.clone()),
            creation_timestamp: Some(Time(older)),
            annotations: Some(
                annotations
                    .filter(|(key, _)| *key == keys::INGRESS_CLASS)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            namespace: Some(namespace.clone()),
            ..ObjectMeta::default()
        },
        spec: spec_of(&domain, "rival", &namespace, None),
        ..Ingress::default()
    })
}
