//! What stands in a Proxy.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic)]

use gloo_proxy_model::{
    Action, DestinationType, HostRewrite, ListenerType, Proxy, ResourceRef, RouteDestination, SslSecrets,
    VirtualHost,
};
use serde_json::Value;

/// A text of a Proxy.
pub enum Text {
    /// A header that is added.
    Header { name: String, value: String },
    /// Any text: a value, or a field's name.
    Any(String),
}

/// Every text of a Proxy.
pub fn texts(proxy: &Proxy) -> Vec<Text> {
    let mut all = Vec::new();
    visit(&serde_json::to_value(proxy).unwrap(), &mut all);
    all
}

fn visit(value: &Value, all: &mut Vec<Text>) {
    match value {
        Value::String(text) => all.push(Text::Any(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| visit(item, all)),
        Value::Object(fields) => {
            if let (Some(Value::String(name)), value) = (fields.get("key"), fields.get("value")) {
                let value = value.and_then(Value::as_str).unwrap_or_default().to_owned();
                all.push(Text::Header { name: name.clone(), value });
            }
            for (name, value) in fields {
                all.push(Text::Any(name.clone()));
                visit(value, all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The namespace of each backend of a virtual host, and the host that is written for it.
pub fn destinations(virtual_host: &VirtualHost) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    for route in &virtual_host.routes {
        let rewrite = route.options.as_ref().and_then(|options| match &options.host_rewrite {
            Some(HostRewrite::Literal(host)) => Some(host.clone()),
            Some(HostRewrite::Auto(_) | HostRewrite::PathRegex(_) | HostRewrite::Header(_)) | None => None,
        });
        let Some(Action::Route(action)) = &route.action else { continue };
        let Some(RouteDestination::Multi(multi)) = &action.destination else { panic!("{action:?}") };
        for weighted in &multi.destinations {
            let destination =
                weighted.destination.as_ref().and_then(|destination| destination.destination_type.as_ref());
            let Some(DestinationType::Kube(kube)) = destination else { panic!("{destination:?}") };
            all.push((kube.r#ref.namespace.clone(), rewrite.clone()));
        }
    }
    all
}

/// The Secret of each server name; `*` for all.
pub fn certificates(proxy: &Proxy) -> Vec<(String, ResourceRef)> {
    let mut all = Vec::new();
    for listener in &proxy.spec.listeners {
        assert!(matches!(listener.listener_type, Some(ListenerType::Http(_))));
        for config in &listener.ssl_configurations {
            let Some(SslSecrets::SecretRef(secret)) = &config.secrets else { panic!("{config:?}") };
            if config.sni_domains.is_empty() {
                all.push(("*".to_owned(), secret.clone()));
            }
            all.extend(config.sni_domains.iter().map(|domain| (domain.clone(), secret.clone())));
        }
    }
    all
}
