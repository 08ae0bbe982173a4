//! Arbitrary Ingresses, and arbitrary JSON that looks like one.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use knative_ingress_model::{
    Condition, ConditionStatus, GoDuration, HeaderMatch, Headers, HttpIngressPath, HttpIngressRuleValue,
    HttpOption, HttpRetry, Ingress, IngressBackendSplit, IngressKind, IngressRule, IngressSpec,
    IngressStatus, IngressTls, IntOrString, LoadBalancerIngress, LoadBalancerStatus, ObjectMeta, Time,
    UnknownFields, Visibility,
};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any text, often empty.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z0-9./*-]{1,12}", any::<String>()]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn string_map() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..3)
}

fn time() -> impl Strategy<Value = Time> {
    // What RFC 3339 can say: the years 0 to 9999.
    (-62_135_596_800_i64..253_402_300_800).prop_map(|second| Time(Timestamp::from_second(second).unwrap()))
}

pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        any::<i64>().prop_map(|nanos| GoDuration::from_nanos(nanos).to_string().into()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Names that no release has used begin with `x-`.
fn unknown() -> impl Strategy<Value = UnknownFields> {
    let fields = btree_map("x-[a-z]{0,3}", json(), 0..3);
    prop_oneof![
        3 => Just(UnknownFields::default()),
        1 => fields.prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
    ]
}

/// The words as they are read: never empty.
fn visibility() -> impl Strategy<Value = Option<Visibility>> {
    let word = prop_oneof![Just("ExternalIP".to_owned()), Just("ClusterLocal".to_owned()), "[A-Za-z]{1,9}"];
    of(word.prop_map(Visibility::from))
}

fn http_option() -> impl Strategy<Value = Option<HttpOption>> {
    let word = prop_oneof![Just("Enabled".to_owned()), Just("Redirected".to_owned()), "[A-Za-z]{1,9}"];
    of(word.prop_map(HttpOption::from))
}

fn port() -> impl Strategy<Value = IntOrString> {
    prop_oneof![any::<i32>().prop_map(IntOrString::Int), text().prop_map(IntOrString::String)]
}

fn percent() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 0..=100_i64, any::<i64>()]
}

prop_compose! {
    fn split()(
        service_namespace in text(),
        service_name in text(),
        service_port in port(),
        percent in percent(),
        append_headers in string_map().prop_map(Headers::from),
        unknown in unknown(),
    ) -> IngressBackendSplit {
        IngressBackendSplit { service_namespace, service_name, service_port, percent, append_headers, unknown }
    }
}

prop_compose! {
    fn retries()(
        attempts: i64,
        per_try_timeout in of(any::<i64>().prop_map(GoDuration::from_nanos)),
        unknown in unknown(),
    ) -> HttpRetry {
        HttpRetry { attempts, per_try_timeout, unknown }
    }
}

prop_compose! {
    fn header_match()(exact in text(), unknown in unknown()) -> HeaderMatch {
        HeaderMatch { exact, unknown }
    }
}

prop_compose! {
    fn path()(
        path in text(),
        rewrite_host in text(),
        headers in btree_map(text(), header_match(), 0..3).prop_map(Headers::from),
        splits in of(vec(split(), 0..3)),
        append_headers in string_map().prop_map(Headers::from),
        timeout in of(any::<i64>().prop_map(GoDuration::from_nanos)),
        retries in of(retries()),
        unknown in unknown(),
    ) -> HttpIngressPath {
        HttpIngressPath { path, rewrite_host, headers, splits, append_headers, timeout, retries, unknown }
    }
}

prop_compose! {
    fn http()(paths in of(vec(path(), 0..3)), unknown in unknown()) -> HttpIngressRuleValue {
        HttpIngressRuleValue { paths, unknown }
    }
}

prop_compose! {
    fn rule()(
        hosts in texts(),
        visibility in visibility(),
        http in of(http()),
        unknown in unknown(),
    ) -> IngressRule {
        IngressRule { hosts, visibility, http, unknown }
    }
}

prop_compose! {
    fn tls()(
        hosts in texts(),
        secret_name in text(),
        secret_namespace in text(),
        server_certificate in text(),
        private_key in text(),
        unknown in unknown(),
    ) -> IngressTls {
        IngressTls { hosts, secret_name, secret_namespace, server_certificate, private_key, unknown }
    }
}

prop_compose! {
    fn spec()(
        generation: i64,
        tls in vec(tls(), 0..3),
        rules in vec(rule(), 0..3),
        visibility in visibility(),
        http_option in http_option(),
        unknown in unknown(),
    ) -> IngressSpec {
        IngressSpec { generation, tls, rules, visibility, http_option, unknown }
    }
}

prop_compose! {
    fn condition()(
        r#type in prop_oneof![Just("Ready".to_owned()), Just("NetworkConfigured".to_owned()), text()],
        status in prop_oneof![Just("True".to_owned()), Just("False".to_owned()), Just("Unknown".to_owned()), text()],
        severity in text(),
        last_transition_time in of(time()),
        reason in text(),
        message in text(),
        unknown in unknown(),
    ) -> Condition {
        let status = ConditionStatus::from(status);
        Condition { r#type, status, severity, last_transition_time, reason, message, unknown }
    }
}

prop_compose! {
    fn address()(
        ip in text(),
        domain in text(),
        domain_internal in text(),
        mesh_only: bool,
        unknown in unknown(),
    ) -> LoadBalancerIngress {
        LoadBalancerIngress { ip, domain, domain_internal, mesh_only, unknown }
    }
}

prop_compose! {
    fn load_balancer()(ingress in vec(address(), 0..3), unknown in unknown()) -> LoadBalancerStatus {
        LoadBalancerStatus { ingress, unknown }
    }
}

prop_compose! {
    fn status()(
        observed_generation: i64,
        conditions in vec(condition(), 0..4),
        annotations in string_map(),
        load_balancer in of(load_balancer()),
        public_load_balancer in of(self::load_balancer()),
        private_load_balancer in of(self::load_balancer()),
        unknown in unknown(),
    ) -> IngressStatus {
        IngressStatus {
            observed_generation,
            conditions,
            annotations,
            load_balancer,
            public_load_balancer,
            private_load_balancer,
            unknown,
        }
    }
}

prop_compose! {
    fn metadata()(
        name in of(text()),
        namespace in of(text()),
        generation: Option<i64>,
        annotations in of(string_map()),
        labels in of(string_map()),
        creation_timestamp in of(time()),
    ) -> ObjectMeta {
        ObjectMeta { name, namespace, generation, annotations, labels, creation_timestamp, ..ObjectMeta::default() }
    }
}

prop_compose! {
    /// Any Ingress that can be read from JSON.
    pub(crate) fn ingress()(
        kind in prop_oneof![Just(IngressKind::Ingress), Just(IngressKind::ClusterIngress)],
        metadata in metadata(),
        spec in spec(),
        status in prop_oneof![Just(IngressStatus::default()), status()],
        unknown in unknown(),
    ) -> Ingress {
        Ingress { kind, metadata, spec, status, unknown }
    }
}

/// JSON with the field names of an Ingress at their places, and now and then anything at all instead of a value.
pub(crate) fn outline() -> impl Strategy<Value = Value> {
    let field = |name: &'static str, value: BoxedStrategy<Value>| {
        of(prop_oneof![4 => value, 1 => json()])
            .prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    };
    let object = |fields: Vec<BoxedStrategy<Option<(String, Value)>>>| {
        fields.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect())).boxed()
    };
    let list = |element: BoxedStrategy<Value>| vec(element, 0..3).prop_map(Value::from).boxed();
    let leaf = || json().boxed();
    let split = object(vec![
        field("serviceNamespace", leaf()).boxed(),
        field("serviceName", leaf()).boxed(),
        field("servicePort", leaf()).boxed(),
        field("percent", leaf()).boxed(),
        field("appendHeaders", leaf()).boxed(),
    ]);
    let retries = object(vec![field("attempts", leaf()).boxed(), field("perTryTimeout", leaf()).boxed()]);
    let path = object(vec![
        field("path", leaf()).boxed(),
        field("headers", leaf()).boxed(),
        field("splits", list(split)).boxed(),
        field("timeout", leaf()).boxed(),
        field("retries", retries).boxed(),
    ]);
    let http = object(vec![field("paths", list(path)).boxed()]);
    let rule = object(vec![
        field("hosts", list(leaf())).boxed(),
        field("visibility", leaf()).boxed(),
        field("http", http).boxed(),
    ]);
    let tls = object(vec![field("hosts", leaf()).boxed(), field("secretName", leaf()).boxed()]);
    let spec = object(vec![
        field("tls", list(tls)).boxed(),
        field("rules", list(rule)).boxed(),
        field("httpOption", leaf()).boxed(),
    ]);
    let condition = object(vec![
        field("type", leaf()).boxed(),
        field("status", leaf()).boxed(),
        field("lastTransitionTime", leaf()).boxed(),
    ]);
    let status = object(vec![field("conditions", list(condition)).boxed()]);
    object(vec![
        field("kind", Just(Value::from("Ingress")).boxed()).boxed(),
        field("metadata", leaf()).boxed(),
        field("spec", spec).boxed(),
        field("status", status).boxed(),
    ])
}
