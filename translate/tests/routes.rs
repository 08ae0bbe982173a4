//! What becomes of single fields of a route.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its assumption fails")]

use knative_gloo_translate::{
    ClassFilter, Code, Gateway, HostPorts, Options, Severity, Translation, translate,
};
use knative_ingress_model::Ingress;
use serde_json::{Value, json};

/// The translation of an Ingress of team-a whose only path has these fields beside its backend.
fn translated(spec: Value, path: Value, options: &Options) -> Translation {
    let (mut spec, mut path) = (spec, path);
    path["splits"] =
        json!([{"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100}]);
    spec["rules"] = json!([{"hosts": ["shop.example.com"], "http": {"paths": [path]}}]);
    let object = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": spec});
    let options = options.clone().with_class(ClassFilter::Any);
    translate([&Ingress::from_value(&object).unwrap()], &options)
}

/// A name of two labels may be a service of another namespace, and is one of the own as well; others are for the options to allow.
#[test]
fn rewrite_host_of_two_labels_is_checked_for_its_namespace() {
    let strict = Options::default();
    let lax = strict.clone().with_allow_foreign_cluster_hosts(true);
    let foreign = &[Code::ForeignRewriteHost][..];
    for (host, options, expected) in [
        ("shop.team-a", &strict, &[][..]),
        ("shop.team-b", &strict, foreign),
        ("shop.team-a", &lax, &[]),
        ("shop.team-b", &lax, &[]),
    ] {
        let report = translated(json!({}), json!({"rewriteHost": host}), options).reports.remove(0);
        let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        assert_eq!(errors.map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), expected, "{host}");
    }
}

/// A redirect names the port of https, unless clients use the usual ports.
#[test]
fn redirect_names_an_unusual_https_port() {
    for (ports, expected) in [
        (HostPorts::Standard, Value::Null),
        (HostPorts::Fixed { http: 80, https: 443 }, Value::Null),
        (HostPorts::Fixed { http: 80, https: 8443 }, json!(8443)),
        (HostPorts::Fixed { http: 8080, https: 443 }, json!(443)),
    ] {
        let options = Options::default().with_host_ports(ports);
        let spec = json!({
            "httpOption": "Redirected",
            "tls": [{"hosts": ["shop.example.com"], "secretName": "shop", "secretNamespace": "team-a"}],
        });
        let translation = translated(spec, json!({}), &options);
        let proxy = serde_json::to_value(translation.proxy(Gateway::External)).unwrap();
        let action = "/spec/listeners/0/httpListener/virtualHosts/0/routes/0/redirectAction";
        let redirect = proxy.pointer(action).unwrap();
        assert_eq!(redirect["httpsRedirect"], json!(true));
        assert_eq!(redirect.get("portRedirect").cloned().unwrap_or_default(), expected);
    }
}
