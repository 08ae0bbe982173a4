//! What stands at a limit passes, and one more does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use gloo_proxy_model::{Listener, ListenerType};
use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{ClassFilter, Code, Gateway, Options, Outcome, Severity, translate};
use knative_ingress_model::{Ingress, IngressTls};
use serde_json::{Value, json};

/// An Ingress whose only backend has this port.
fn with_port(port: &Value) -> Ingress {
    let split =
        json!({"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": port, "percent": 100});
    let rule = json!({"hosts": ["a.example.com"], "http": {"paths": [{"splits": [split]}]}});
    let ingress = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"rules": [rule]}});
    Ingress::from_value(&ingress).unwrap()
}

/// The codes of the errors of an Ingress, one of each gateway once.
fn errors(ingress: &Ingress, options: &Options) -> Vec<Code> {
    let report = translate([ingress], options).reports.remove(0);
    let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut errors: Vec<Code> = errors.map(|diagnostic| diagnostic.code).collect();
    errors.dedup();
    assert_eq!(errors.is_empty(), report.outcome == Outcome::Translated, "{report}");
    errors
}

/// A port is a number from 1 to 65535, as such or as text, or the name of one, of at most 63 characters.
#[test]
fn ports() {
    let (longest, longer) = ("p".repeat(63), "p".repeat(64));
    let service = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"ports": [
        {"name": longest, "port": 80}, {"name": longer, "port": 81}, {"name": "zero", "port": 0}, {"port": 65_535},
    ]}});
    let service: Service = serde_json::from_value(service).unwrap();
    let options =
        Options::default().with_class(ClassFilter::Any).with_services([&service].into_iter().collect());
    for good in [json!(1), json!("1"), json!(65_535), json!("65535"), json!(longest)] {
        assert_eq!(errors(&with_port(&good), &options), [], "{good}");
    }
    for bad in
        [json!("0"), json!(65_536), json!("65536"), json!(-1), json!("-1"), json!(longer), json!("zero")]
    {
        assert_eq!(errors(&with_port(&bad), &options), [Code::InvalidPort], "{bad}");
    }
}

/// An output may have exactly as many bytes as the option says: of virtual hosts and certificates, each with a comma.
#[test]
fn bytes_of_the_output() {
    let mut shop = with_port(&json!(80));
    let options = Options::default().with_class(ClassFilter::Any);
    for certificates in 0..3 {
        let translation = translate([&shop], &options);
        let bytes = |gateway: Gateway| -> usize {
            let listeners = &translation.proxy(gateway).spec.listeners;
            let of = |listener: &Listener| {
                let Some(ListenerType::Http(http)) = &listener.listener_type else { panic!("{listener:?}") };
                let hosts = http.virtual_hosts.iter().map(|host| host.json_size() + 1);
                let certificates = listener.ssl_configurations.iter().map(|config| config.json_size() + 1);
                hosts.chain(certificates).sum::<usize>()
            };
            listeners.iter().map(of).sum()
        };
        let bytes = Gateway::ALL.map(bytes).into_iter().max().unwrap();
        assert_eq!(errors(&shop, &options.clone().with_max_output_bytes(bytes)), [], "{certificates}");
        let less = options.clone().with_max_output_bytes(bytes - 1);
        assert_eq!(errors(&shop, &less), [Code::OutputTooLarge], "{certificates}");
        shop.spec.rules.extend(shop.spec.rules.last().cloned().map(|mut rule| {
            rule.hosts = vec![format!("b{certificates}.example.com")];
            rule
        }));
        shop.spec.tls.push(IngressTls {
            hosts: shop.spec.rules[certificates].hosts.clone(),
            secret_name: format!("cert-{certificates}"),
            secret_namespace: "team-a".to_owned(),
            ..IngressTls::default()
        });
    }
}
