//! Hosts, certificates and who may reach an Ingress.
#![allow(clippy::unwrap_used)]

use knative_ingress_model::{Ingress, Visibility, expand_host, expanded_hosts};
use serde_json::{Value, json};

fn ingress(spec: Value) -> Ingress {
    Ingress::from_value(&json!({"metadata": {"namespace": "team-a", "name": "shop"}, "spec": spec})).unwrap()
}

#[test]
fn names_that_could_be_addresses_are_left_out() {
    let label = |length: usize| "a".repeat(length);
    let table = [
        ("svc.ns.svc.cluster.local", vec!["svc.ns.svc.cluster.local", "svc.ns.svc", "svc.ns"]),
        ("shop.1-1.svc.cluster.local", vec!["shop.1-1.svc.cluster.local", "shop.1-1.svc", "shop.1-1"]),
        ("shop.1234.svc.cluster.local", vec!["shop.1234.svc.cluster.local", "shop.1234.svc"]),
        ("shop.90.svc.cluster.local", vec!["shop.90.svc.cluster.local", "shop.90.svc"]),
        ("x.cluster.local", vec!["x.cluster.local", "x"]),
        ("cluster.local", vec!["cluster.local"]),
        (".cluster.local", vec![".cluster.local"]),
        (".svc.cluster.local", vec![".svc.cluster.local", ".svc"]),
        ("notcluster.local", vec!["notcluster.local"]),
        ("shop.example.com", vec!["shop.example.com"]),
        ("shop.example.com.", vec![]),
        ("10.0.0.1", vec![]),
        ("*", vec![]),
        ("", vec![]),
        ("*.example.com", vec!["*.example.com"]),
        ("日本", vec!["日本"]),
    ];
    for (host, names) in table {
        assert_eq!(expand_host(host, "cluster.local").collect::<Vec<_>>(), names, "{host}");
    }
    assert_eq!(expand_host(&format!("a.{}", label(63)), "cluster.local").count(), 1);
    assert_eq!(expand_host(&format!("a.{}", label(64)), "cluster.local").count(), 0);
    // The cluster's own domain is data, not a constant.
    let own: Vec<_> = expand_host("a.b.svc.corp.example", "corp.example").collect();
    assert_eq!(own, ["a.b.svc.corp.example", "a.b.svc", "a.b"]);
}

#[test]
fn expanded_hosts_are_a_set() {
    let hosts = ["a.b.svc.cluster.local", "a.b", "z.example.com", "a.b"];
    let names: Vec<_> = expanded_hosts(hosts, "cluster.local").into_iter().collect();
    assert_eq!(names, ["a.b", "a.b.svc", "a.b.svc.cluster.local", "z.example.com"]);
}

#[test]
fn hosts_go_to_every_key_of_their_visibility() {
    let shop = ingress(json!({"rules": [
        {"hosts": ["private.example.com"], "visibility": "ClusterLocal"},
        {"hosts": ["public.example.com"], "visibility": "ExternalIP"},
        {"hosts": ["nobody.example.com"], "visibility": "Galactic"},
        {"hosts": ["unset.example.com"]},
    ]}));
    let keys =
        [(Visibility::ExternalIp, ["outer", "inner"].into()), (Visibility::ClusterLocal, ["inner"].into())];
    let hosts = shop.hosts_per_visibility("cluster.local", &keys.into());
    let expected = [
        ("inner", ["private.example.com", "public.example.com"].into()),
        ("outer", ["public.example.com"].into()),
    ];
    assert_eq!(hosts, expected.into());
}

#[test]
fn certificates_of_a_visibility() {
    let tls = |hosts: Value, secret: &str| json!({"hosts": hosts, "secretName": secret, "secretNamespace": "team-a"});
    let certificates = json!([
        tls(json!(["a.example.com", "b.example.com"]), "both"),
        tls(json!(["b.example.com"]), "b"),
        tls(json!(["*.example.com"]), "wildcard"),
        tls(json!(["private.example.com"]), "private"),
    ]);
    let rule = |hosts: Value, visibility: &str| json!({"hosts": hosts, "visibility": visibility});
    let found = |rules: Value| -> Vec<String> {
        let shop = ingress(json!({"tls": certificates, "rules": rules}));
        shop.tls_for_visibility(&Visibility::ExternalIp).iter().map(|tls| tls.secret_name.clone()).collect()
    };
    let private = rule(json!(["private.example.com"]), "ClusterLocal");
    let b = rule(json!(["b.example.com"]), "ExternalIP");
    let both = rule(json!(["b.example.com", "a.example.com"]), "ExternalIP");
    let any_host = rule(json!([]), "ExternalIP");
    let any_private_host = rule(json!([]), "ClusterLocal");
    assert_eq!(found(json!([private, b])), ["both", "b"]);
    assert_eq!(found(json!([both, b])), ["both", "both", "b"], "once per rule");
    assert_eq!(found(json!([both, any_host, b])), ["both"], "a rule for any host ends the search");
    assert_eq!(found(json!([any_private_host, both])), ["both"], "one of another visibility doesn't");
    assert_eq!(
        found(json!([{"hosts": ["b.example.com"]}])),
        Vec::<String>::new(),
        "unset is not defaulted here"
    );
}

#[test]
fn public_in_each_era() {
    let table = [
        (json!({}), false, true),
        (json!({"visibility": "ClusterLocal"}), false, false),
        (json!({"visibility": "ExternalIP"}), false, true),
        (json!({"visibility": "Galactic"}), false, false),
        (json!({"rules": [{"visibility": "ClusterLocal"}]}), false, true),
        (json!({"rules": [{"visibility": "ClusterLocal"}, {"visibility": "ExternalIP"}]}), true, true),
        (json!({"rules": [{"visibility": "Galactic"}]}), false, true),
        (json!({"visibility": "ClusterLocal", "rules": [{}]}), true, false),
    ];
    for (spec, today, early) in table {
        let shop = ingress(spec.clone());
        assert_eq!((shop.is_public(), shop.is_public_legacy()), (today, early), "{spec}");
    }
}

/// An Ingress of January 2020 that says so for the whole is public under today's defaults: Knative's own doing.
#[test]
fn defaults_of_each_era() {
    let spec = json!({
        "visibility": "ClusterLocal",
        "tls": [{"secretName": "a", "privateKey": "a.key", "serverCertificate": "a.crt"}],
        "rules": [{"http": {"paths": [
            {"splits": [{"serviceName": "a"}], "retries": {"attempts": 0}},
            {"splits": [{"serviceName": "a"}, {"serviceName": "b"}], "timeout": "5s"},
        ]}}, {}],
    });
    let mut today = ingress(spec.clone());
    today.set_defaults();
    let visibilities: Vec<_> = today.spec.rules.iter().map(|rule| rule.visibility.clone()).collect();
    assert_eq!(visibilities, [Some(Visibility::ExternalIp), Some(Visibility::ExternalIp)]);
    assert_eq!(today.spec.visibility, Some(Visibility::ClusterLocal));

    let mut early = ingress(spec);
    early.set_defaults_legacy("10m".parse().unwrap());
    let split = |name: &str, percent: Value| {
        let mut split = json!({"serviceNamespace": "", "serviceName": name, "servicePort": 0});
        split.as_object_mut().unwrap().extend(percent.as_object().unwrap().clone());
        split
    };
    assert_eq!(
        serde_json::to_value(&early.spec).unwrap(),
        json!({
            "visibility": "ClusterLocal",
            "tls": [{"secretName": "a"}],
            "rules": [{"http": {"paths": [
                {
                    "splits": [split("a", json!({"percent": 100}))],
                    "timeout": "10m0s", "retries": {"attempts": 0, "perTryTimeout": "10m0s"},
                },
                {
                    "splits": [split("a", json!({})), split("b", json!({}))],
                    "timeout": "5s", "retries": {"attempts": 3, "perTryTimeout": "10m0s"},
                },
            ]}}, {}],
        })
    );
    let mut unset = ingress(json!({}));
    unset.set_defaults_legacy("10m".parse().unwrap());
    assert_eq!(unset.spec.visibility, Some(Visibility::ExternalIp));
}

/// A ClusterIngress has no namespace that its backends could share.
#[test]
fn backends_of_a_cluster_ingress_may_be_anywhere() {
    let split = json!({"serviceNamespace": "team-b", "serviceName": "s", "servicePort": 80});
    let mut shop = ingress(json!({"rules": [{"http": {"paths": [{"splits": [split]}]}}]}));
    let errors: Vec<_> = shop.validate().iter().map(ToString::to_string).collect();
    let path = "spec.rules[0].http.paths[0].splits[0].serviceNamespace";
    assert_eq!(errors, [format!("service namespace must match ingress namespace: {path}")]);
    shop.kind = knative_ingress_model::IngressKind::ClusterIngress;
    assert_eq!(shop.validate(), []);
}
