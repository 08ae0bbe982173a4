//! The JSON Schema takes every recorded Proxy and refuses what the model refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use gloo_proxy_model::Proxy;
use serde_json::json;

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::to_value(schemars::schema_for!(Proxy)).unwrap()).unwrap()
}

#[test]
fn json_schema_accepts_every_recorded_proxy() {
    let validator = validator();
    for (name, proxy) in support::proxies() {
        let errors: Vec<_> = validator.iter_errors(&proxy).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn json_schema_rejects_what_the_model_rejects() {
    let validator = validator();
    let route =
        |route| json!({"spec": {"listeners": [{"httpListener": {"virtualHosts": [{"routes": [route]}]}}]}});
    let refused = [
        json!([]),
        json!({"kind": "Ingress"}),
        json!({"spec": []}),
        json!({"spec": {"listeners": {}}}),
        json!({"spec": {"listeners": [{"bindPort": -1}]}}),
        json!({"spec": {"listeners": [{"bindPort": "x"}]}}),
        json!({"spec": {"listeners": [{"httpListener": {}, "tcpListener": {}}]}}),
        route(json!({"matchers": [{"prefix": "/", "exact": "/"}]})),
        route(json!({"options": {"timeout": "5"}})),
        route(json!({"redirectAction": {"responseCode": "SEE"}})),
        json!({"status": {"state": 4}}),
    ];
    for proxy in refused {
        assert!(!validator.is_valid(&proxy), "{proxy}");
        assert!(Proxy::from_value(&proxy).is_err(), "{proxy}");
    }
    let taken = [
        json!({}),
        json!({"spec": null}),
        json!({"spec": {"listeners": [{"bind_port": "80", "http_listener": {}, "tcpListener": null, "x": 1}]}}),
        route(json!({"options": {"timeout": "1h0.5s"}, "redirectAction": {"responseCode": 3}})),
    ];
    for proxy in taken {
        assert!(validator.is_valid(&proxy), "{proxy}");
        assert!(Proxy::from_value(&proxy).is_ok(), "{proxy}");
    }
}
