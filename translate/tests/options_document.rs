//! The document `kind: TranslateOptions` says all options that are data, and each says what it means.

use std::collections::BTreeMap;

use knative_gloo_translate::{
    AllowedNamespaces, BindPorts, ClassFilter, Dialect, HostPorts, Options, ServiceRef, Services,
};
use serde_json::{Value, json};

fn read(value: Value) -> serde_json::Result<Options> {
    serde_json::from_value(value)
}

/// Each field, with a value that is not the default, and the same in code.
fn fields() -> BTreeMap<&'static str, (Value, Options)> {
    let options = Options::default;
    BTreeMap::from([
        ("dialect", (json!("gloo-1.3"), options().with_dialect(Dialect::Gloo1_3))),
        ("class", (json!("any"), options().with_class(ClassFilter::Any))),
        ("clusterDomain", (json!("corp.internal"), options().with_cluster_domain("corp.internal"))),
        ("proxyNamespace", (json!("edge"), options().with_proxy_namespace("edge"))),
        ("hostPorts", (json!("any"), options().with_host_ports(HostPorts::Any))),
        (
            "bindPorts",
            (
                json!({"http": 8080, "https": 8443}),
                options().with_bind_ports(BindPorts { http: 8080, https: 8443 }),
            ),
        ),
        ("probe", (json!(true), options().with_probe(true))),
        (
            "gateways",
            (
                json!([{"namespace": "edge", "name": "public"}]),
                options().with_gateways([ServiceRef::new("edge", "public")]),
            ),
        ),
        ("regexMaxProgramSize", (json!(1024), options().with_regex_max_program_size(1024))),
        ("allowForeignBackends", (json!(true), options().with_allow_foreign_backends(true))),
        ("allowForeignSecrets", (json!(true), options().with_allow_foreign_secrets(true))),
        ("allowForeignClusterHosts", (json!(true), options().with_allow_foreign_cluster_hosts(true))),
        (
            "allowCatchAll",
            (json!(["team-a"]), options().with_allow_catch_all(AllowedNamespaces::only(["team-a"]))),
        ),
        ("maxOutputBytes", (json!(1), options().with_max_output_bytes(1))),
    ])
}

#[test]
fn each_document_field_sets_only_its_option() -> serde_json::Result<()> {
    for (name, (value, wanted)) in fields() {
        assert_ne!(wanted, Options::default(), "{name}");
        assert_eq!(read(json!({name: value}))?, wanted, "{name}");
    }
    Ok(())
}

#[test]
fn options_round_trip() -> serde_json::Result<()> {
    let ports = Options::default().with_host_ports(HostPorts::Fixed { http: 8080, https: 8443 });
    let words = [HostPorts::Standard, HostPorts::Any].map(|ports| Options::default().with_host_ports(ports));
    let allowed = [AllowedNamespaces::Nobody, AllowedNamespaces::All, AllowedNamespaces::only([""; 0])];
    let allowed = allowed.map(|allowed| Options::default().with_allow_catch_all(allowed));
    let class = Options::default().with_class(ClassFilter::named("mine"));
    let each = fields().into_values().map(|(_, options)| options);
    for options in each.chain([ports, class]).chain(words).chain(allowed) {
        assert_eq!(read(serde_json::to_value(&options)?)?, options);
    }
    Ok(())
}

/// A reader finds every field in what is written, and beside them only what says that it is this document.
#[test]
fn every_option_except_objects_is_serialized() -> serde_json::Result<()> {
    let written = serde_json::to_value(Options::default().with_services(Services::default()))?;
    assert_eq!(written["apiVersion"], Options::API_VERSION);
    assert_eq!(written["kind"], Options::KIND);
    let names = written.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let names: Vec<_> = names.filter(|name| !matches!(*name, "apiVersion" | "kind")).collect();
    let mut wanted: Vec<_> = fields().into_keys().chain(["hostPorts"]).collect();
    wanted.sort_unstable();
    wanted.dedup();
    assert_eq!(names, wanted);
    Ok(())
}

#[test]
fn alternative_forms_of_a_value_are_accepted() -> serde_json::Result<()> {
    for (value, wanted) in [
        (json!(true), AllowedNamespaces::All),
        (json!(false), AllowedNamespaces::Nobody),
        (json!([]), AllowedNamespaces::only([""; 0])),
    ] {
        assert_eq!(read(json!({"allowCatchAll": value}))?.allow_catch_all, wanted);
    }
    assert_eq!(read(json!({"dialect": ["gloo-1.22", "knative"]}))?.dialect, Dialect::Gloo1_22);
    let ports = json!({"hostPorts": {"http": 1, "https": 2}});
    assert_eq!(read(ports)?.host_ports, HostPorts::Fixed { http: 1, https: 2 });
    Ok(())
}

#[test]
fn invalid_options_document_is_an_error() {
    let refused = |value: Value| read(value).map_err(|error| error.to_string()).err().unwrap_or_default();
    assert_eq!(refused(json!({"apiVersion": Options::API_VERSION, "kind": Options::KIND})), "");
    for (value, error) in [
        (json!({"apiVersion": "v1"}), "unknown variant `v1`, expected `knative-gloo-translate/v1`"),
        (json!({"kind": "ConfigMap"}), "unknown variant `ConfigMap`, expected `TranslateOptions`"),
        (json!({"dialect": []}), "an empty list of dialects"),
        (json!({"dialect": "gloo"}), "unknown dialect \"gloo\": expected knative, gloo-1.3 or gloo-1.22"),
        (json!({"hostPorts": "all"}), "`standard`, `any`, or `{http: PORT, https: PORT}`"),
        (json!({"hostPorts": {"http": 1}}), "`standard`, `any`, or `{http: PORT, https: PORT}`"),
        (json!({"allowCatchAll": "team-a"}), "`true`, `false`, or a list of namespaces"),
    ] {
        assert_eq!(refused(value), error);
    }
    for value in [
        json!({"bindPort": 80}),
        json!({"bindPorts": {"http": 1, "https": 2, "other": 3}}),
        json!({"gateways": [{"namespace": "a", "name": "b", "port": 1}]}),
    ] {
        let (shown, error) = (value.to_string(), refused(value));
        assert!(error.starts_with("unknown field"), "{shown}: {error}");
    }
}
