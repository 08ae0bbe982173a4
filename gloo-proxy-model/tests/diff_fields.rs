//! `diff` leaves out no field: each single value of a Proxy, changed to another one, is told as a change of the part that it is in.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::wildcard_enum_match_arm)]

use std::collections::BTreeSet;

use gloo_proxy_model::{ProtoDuration, Proxy, diff};
use serde_json::{Value, json};

/// A Proxy with every message that `diff` takes apart and no value that is a default, so that each of them matters.
fn whole() -> Value {
    let headers = json!({
        "requestHeadersToAdd": [
            {"header": {"key": "a", "value": "b"}, "append": false, "x": 1},
            {"headerSecretRef": {"name": "a", "namespace": "b"}},
        ],
        "requestHeadersToRemove": ["a"],
        "responseHeadersToAdd": [{"header": {"key": "a", "value": "b"}, "append": false, "x": 1}],
        "responseHeadersToRemove": ["a"],
        "x": 1,
    });
    let retries = json!({
        "retryOn": "5xx",
        "numRetries": 2,
        "perTryTimeout": "1s",
        "retryBackOff": {"baseInterval": "1s", "maxInterval": "1s", "x": 1},
        "previousPriorities": {"updateFrequency": 2, "x": 1},
        "retriableStatusCodes": [500],
        "x": 1,
    });
    let pattern = json!({"regex": "a", "googleRe2": {"maxProgramSize": 7, "x": 1}, "x": 1});
    let kube = json!({"ref": {"name": "a", "namespace": "b", "x": 1}, "port": 80, "x": 1});
    let destination = json!({
        "kube": kube, "destinationSpec": {"grpc": {"a": 1}, "x": 1}, "subset": {"values": {"a": "b"}, "x": 1}, "x": 1
    });
    let route_options = json!({
        "timeout": "1s",
        "retries": retries,
        "prefixRewrite": "/",
        "regexRewrite": {"pattern": pattern, "substitution": "a", "x": 1},
        "hostRewrite": "a",
        "appendXForwardedHost": true,
        "headerManipulation": headers,
        "upgrades": [{"websocket": {"enabled": true, "x": 1}, "x": 1}],
        "maxStreamDuration": {
            "maxStreamDuration": "1s", "grpcTimeoutHeaderMax": "1s", "grpcTimeoutHeaderOffset": "1s", "x": 1
        },
        "idleTimeout": "1s",
        "x": 1,
    });
    let matcher = json!({
        "prefix": "/a",
        "caseSensitive": false,
        "headers": [{"name": "a", "value": "b", "regex": true, "invertMatch": true, "x": 1}],
        "queryParameters": [{"name": "a", "value": "b", "regex": true, "x": 1}],
        "methods": ["GET"],
        "x": 1,
    });
    let weighted = json!({
        "destination": destination, "weight": 7, "options": {"headerManipulation": headers, "x": 1}, "x": 1
    });
    let redirect = json!({
        "hostRedirect": "a", "pathRedirect": "/", "responseCode": 1, "httpsRedirect": true, "stripQuery": true,
        "portRedirect": 8, "x": 1
    });
    let to =
        |name: &str, destination: Value| json!({"name": name, "routeAction": {name: destination, "x": 1}});
    let routes = json!([
        {"name": "all", "matchers": [matcher], "options": route_options, "metadata": {"a": 1}, "x": 1},
        to("single", destination.clone()),
        to("multi", json!({"destinations": [weighted], "x": 1})),
        to("upstreamGroup", json!({"name": "a", "namespace": "b"})),
        to("clusterHeader", json!("a")),
        to("dynamicForwardProxy", json!({"hostRewrite": "a", "x": 1})),
        {"name": "redirect", "redirectAction": redirect},
        {"name": "direct", "directResponseAction": {"status": 404, "body": "a", "x": 1}},
        {"name": "graphql", "graphqlApiRef": {"name": "a", "namespace": "b"}},
    ]);
    let host_options = json!({
        "retries": retries, "headerManipulation": headers, "includeRequestAttemptCount": true,
        "includeAttemptCountInResponse": true, "x": 1
    });
    let http = json!({
        "virtualHosts": [
            {"name": "host", "domains": ["a"], "routes": routes, "options": host_options, "metadata": {"a": 1}, "x": 1}
        ],
        "options": {"httpConnectionManagerSettings": {"useRemoteAddress": true, "codecType": 1, "x": 1}, "x": 1},
        "statPrefix": "a",
        "customHttpFilters": [{"filterStage": {"a": 1}, "name": "a", "config": {"a": 1}, "x": 1}],
        "customNetworkFilters": [{"name": "a"}],
        "metadata": {"a": 1},
        "x": 1,
    });
    let settings = json!({
        "sniDomains": ["a"],
        "verifySubjectAltName": ["a"],
        "parameters": {
            "minimumProtocolVersion": 1, "maximumProtocolVersion": 1, "cipherSuites": ["a"], "ecdhCurves": ["a"], "x": 1
        },
        "alpnProtocols": ["a"],
        "oneWayTls": true,
        "disableTlsSessionResumption": true,
        "transportSocketConnectTimeout": "1s",
        "ocspStaplePolicy": 1,
        "x": 1,
    });
    let certificate = |kind: &str, of: Value| {
        let mut certificate = settings.clone();
        certificate[kind] = of;
        certificate
    };
    let files = json!({"tlsCert": "f", "tlsKey": "a", "rootCa": "a", "ocspStaple": "a", "x": 1});
    let sds = json!({
        "targetUri": "a", "certificatesSecretName": "s", "validationContextName": "a", "clusterName": "a", "x": 1
    });
    json!({
        "metadata": {"name": "a", "labels": {"a": "b"}},
        "spec": {
            "compressedSpec": "a",
            "x": 1,
            "listeners": [
                {
                    "name": "http",
                    "bindAddress": "::",
                    "bindPort": 80,
                    "httpListener": http,
                    "sslConfigurations": [
                        certificate("secretRef", json!({"name": "b", "namespace": "a", "x": 1})),
                        certificate("sslFiles", files),
                        certificate("sds", sds),
                    ],
                    "useProxyProto": true,
                    "options": {"perConnectionBufferLimitBytes": 7, "x": 1},
                    "metadata": {"a": 1},
                    "routeOptions": {
                        "maxDirectResponseBodySizeBytes": 7, "mostSpecificHeaderMutationsWins": true, "x": 1
                    },
                    "x": 1,
                },
                {"name": "tcp", "tcpListener": {"statPrefix": "a", "x": 1}},
            ],
        },
        "status": {"state": 1, "reason": "a"},
    })
}

/// The places of a Proxy, each with what is told when a value in it changes.
const TOLD: &[(&str, &[&str])] = &[
    ("/metadata", &[]),
    ("/status", &[]),
    ("/spec/compressedSpec", &["~ spec: compressedSpec"]),
    ("/spec/x", &["~ spec: unknown fields"]),
    ("/spec/listeners/1/name", &["- listener tcp", "+ listener tcp!"]),
    ("/spec/listeners/1/tcpListener", &["~ listener tcp: listenerType"]),
    ("/spec/listeners/0/name", &["- listener http", "+ listener http!"]),
    ("/spec/listeners/0/bindAddress", &["~ listener http: bindAddress"]),
    ("/spec/listeners/0/bindPort", &["~ listener http: bindPort"]),
    ("/spec/listeners/0/useProxyProto", &["~ listener http: useProxyProto"]),
    ("/spec/listeners/0/options", &["~ listener http: options"]),
    ("/spec/listeners/0/metadata", &[]),
    ("/spec/listeners/0/routeOptions", &["~ listener http: routeOptions"]),
    ("/spec/listeners/0/x", &["~ listener http: unknown fields"]),
    ("CERTIFICATES/0/secretRef/name", &["- CERTIFICATE a/b", "+ CERTIFICATE a/b!"]),
    ("CERTIFICATES/0/secretRef/namespace", &["- CERTIFICATE a/b", "+ CERTIFICATE a!/b"]),
    ("CERTIFICATES/0/sniDomains", &["~ CERTIFICATE a/b: sniDomains"]),
    ("CERTIFICATES/0", &["~ CERTIFICATE a/b: settings"]),
    ("CERTIFICATES/1/sslFiles/tlsCert", &["- CERTIFICATE f", "+ CERTIFICATE f!"]),
    ("CERTIFICATES/1/sniDomains", &["~ CERTIFICATE f: sniDomains"]),
    ("CERTIFICATES/1", &["~ CERTIFICATE f: settings"]),
    ("CERTIFICATES/2/sds/certificatesSecretName", &["- CERTIFICATE s", "+ CERTIFICATE s!"]),
    ("CERTIFICATES/2/sniDomains", &["~ CERTIFICATE s: sniDomains"]),
    ("CERTIFICATES/2", &["~ CERTIFICATE s: settings"]),
    ("/spec/listeners/0/httpListener/metadata", &[]),
    ("HOST/name", &["- listener http: virtual host host", "+ listener http: virtual host host!"]),
    ("HOST/domains", &["~ listener http: virtual host host: domains"]),
    ("HOST/options", &["~ listener http: virtual host host: options"]),
    ("HOST/metadata", &[]),
    ("HOST/x", &["~ listener http: virtual host host: unknown fields"]),
    ("HOST/routes/0/name", &["- ROUTE all", "+ ROUTE all!"]),
    ("HOST/routes/0/matchers", &["~ ROUTE all: matchers"]),
    ("HOST/routes/0/options", &["~ ROUTE all: options"]),
    ("HOST/routes/0/metadata", &[]),
    ("HOST/routes/0/x", &["~ ROUTE all: unknown fields"]),
    ("HOST/routes/1/name", &["- ROUTE single", "+ ROUTE single!"]),
    ("HOST/routes/1/routeAction", &["~ ROUTE single: action"]),
    ("HOST/routes/2/name", &["- ROUTE multi", "+ ROUTE multi!"]),
    ("HOST/routes/2/routeAction", &["~ ROUTE multi: action"]),
    ("HOST/routes/3/name", &["- ROUTE upstreamGroup", "+ ROUTE upstreamGroup!"]),
    ("HOST/routes/3/routeAction", &["~ ROUTE upstreamGroup: action"]),
    ("HOST/routes/4/name", &["- ROUTE clusterHeader", "+ ROUTE clusterHeader!"]),
    ("HOST/routes/4/routeAction", &["~ ROUTE clusterHeader: action"]),
    ("HOST/routes/5/name", &["- ROUTE dynamicForwardProxy", "+ ROUTE dynamicForwardProxy!"]),
    ("HOST/routes/5/routeAction", &["~ ROUTE dynamicForwardProxy: action"]),
    ("HOST/routes/6/name", &["- ROUTE redirect", "+ ROUTE redirect!"]),
    ("HOST/routes/6/redirectAction", &["~ ROUTE redirect: action"]),
    ("HOST/routes/7/name", &["- ROUTE direct", "+ ROUTE direct!"]),
    ("HOST/routes/7/directResponseAction", &["~ ROUTE direct: action"]),
    ("HOST/routes/8/name", &["- ROUTE graphql", "+ ROUTE graphql!"]),
    ("HOST/routes/8/graphqlApiRef", &["~ ROUTE graphql: action"]),
    ("/spec/listeners/0/httpListener", &["~ listener http: httpListener"]),
];

fn pointer(short: &str) -> String {
    short
        .replace("HOST", "/spec/listeners/0/httpListener/virtualHosts/0")
        .replace("CERTIFICATES", "/spec/listeners/0/sslConfigurations")
}

fn line(short: &str) -> String {
    short
        .replace("ROUTE", "listener http: virtual host host: route")
        .replace("CERTIFICATE", "listener http: certificate")
}

fn leaves(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), into));
        }
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), into));
        }
        _ => into.push(at.to_owned()),
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_u64().unwrap().saturating_add(1)),
        Value::String(text) if text.parse::<ProtoDuration>().is_ok() => json!("77s"),
        Value::String(text) => json!(format!("{text}!")),
        other => panic!("{other} has parts"),
    }
}

#[test]
fn each_value_that_changes_is_told_of_its_part() {
    let whole = whole();
    let old = Proxy::from_value(&whole).unwrap();
    let mut places = Vec::new();
    leaves(&whole, "", &mut places);
    let told: Vec<_> = TOLD.iter().map(|(place, told)| (pointer(place), *told)).collect();
    let mut asked = BTreeSet::new();
    for place in &places {
        let within = |(of, _): &&(String, &[&str])| {
            place.strip_prefix(of.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (of, expected) = told.iter().find(within).unwrap_or_else(|| panic!("nothing is said of {place}"));
        asked.insert(of);
        let mut changed = whole.clone();
        let value = changed.pointer_mut(place).unwrap();
        *value = another(value);
        let new = Proxy::from_value(&changed).unwrap();
        let lines: Vec<_> = diff(&old, &new).to_string().lines().map(str::to_owned).collect();
        let expected: Vec<_> = expected.iter().map(|expected| line(expected)).collect();
        let order = "~ listener http: virtual host host: order of routes";
        assert_eq!(
            lines.iter().filter(|line| *line != order).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>(),
            "{place}"
        );
    }
    assert_eq!(asked.len(), told.len(), "every place has a value");
}
