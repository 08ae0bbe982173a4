//! The document `kind: TranslateOptions` says all options that are data, and each says what it means.

use std::collections::BTreeMap;

use knative_gloo_translate::{
    AllowedNamespaces, BindPorts, ClassFilter, Dialect, HostPorts, Options, OptionsDocument, ServiceRef,
    Services,
};
use serde_json::{Value, json};

fn read(value: Value) -> serde_json::Result<OptionsDocument> {
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
fn each_field_sets_its_option_and_no_other() -> serde_json::Result<()> {
    for (name, (value, wanted)) in fields() {
        let document = read(json!({name: value}))?;
        assert_ne!(wanted, Options::default(), "{name}");
        assert_eq!(document.apply_to(Options::default()), wanted, "{name}");
    }
    Ok(())
}

#[test]
fn rules_without_hosts_are_for_all_or_for_named_namespaces() -> serde_json::Result<()> {
    for (value, wanted) in [
        (json!(true), AllowedNamespaces::All),
        (json!(false), AllowedNamespaces::Nobody),
        (json!([]), AllowedNamespaces::only([""; 0])),
    ] {
        let options = read(json!({"allowCatchAll": value}))?.apply_to(Options::default());
        assert_eq!(options.allow_catch_all, wanted);
    }
    assert!(read(json!({"allowCatchAll": "team-a"})).is_err());
    Ok(())
}

#[test]
fn missing_fields_keep_the_options() -> serde_json::Result<()> {
    let services = Options::default().with_services(Services::default());
    assert_eq!(OptionsDocument::default().apply_to(services.clone()), services);
    for (name, (_, set)) in fields() {
        assert_eq!(read(json!({}))?.apply_to(set.clone()), set, "{name}");
    }
    Ok(())
}

#[test]
fn wrong_api_version_or_kind_is_an_error() {
    let refused = |value: Value| read(value).map_err(|error| error.to_string()).err().unwrap_or_default();
    assert_eq!(
        refused(json!({"apiVersion": OptionsDocument::API_VERSION, "kind": OptionsDocument::KIND})),
        ""
    );
    assert_eq!(
        refused(json!({"apiVersion": "v1", "kind": "TranslateOptions"})),
        "\"v1\": expected \"knative-gloo-translate/v1\""
    );
    assert_eq!(refused(json!({"kind": "ConfigMap"})), "\"ConfigMap\": expected \"TranslateOptions\"");
    assert!(refused(json!({"bindPort": 80})).starts_with("unknown field `bindPort`"));
    assert_eq!(refused(json!({"dialect": []})), "an empty list of dialects");
}
