use serde_json::{Map, Value};

use crate::{ParseProxyError, Proxy};

impl Proxy {
    /// Reads a Proxy from JSON with the field names of releases before 1.0 (0.18 to 0.21).
    ///
    /// The old names are replaced by the current ones before the Proxy is read; current names are read too.
    /// [`from_json`](Self::from_json) keeps the old names as unknown fields instead.
    ///
    /// - `matcher` of a route is now the list `matchers`.
    /// - `plugins` of a listener, `listenerPlugins` of an HTTP listener, `virtualHostPlugins`, `routePlugins`, and
    ///   `weighedDestinationPlugins` (in 0.20.2 `weightedDestinationPlugins`) of a weighted destination are now `options`.
    /// - `hostRewrite` and `prefixRewrite` of a route's options were messages with one field of the same name.
    ///
    /// # Errors
    /// As for [`from_json`](Self::from_json). The path has the current names.
    ///
    /// ```
    /// use gloo_proxy_model::{PathSpecifier, Proxy};
    /// let proxy = Proxy::from_legacy_json(br#"{"spec": {"listeners": [{"httpListener": {"virtualHosts": [{"routes": [
    ///     {"matcher": {"exact": "/"}, "routePlugins": {"prefixRewrite": {"prefixRewrite": "/new"}}}
    /// ]}]}}]}}"#)?;
    /// let json = serde_json::to_string(&proxy.spec)?;
    /// assert!(json.contains(r#"{"matchers":[{"exact":"/"}],"options":{"prefixRewrite":"/new"}}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_legacy_json(json: &[u8]) -> Result<Self, ParseProxyError> {
        let mut proxy: Value =
            serde_json::from_slice(json).map_err(|error| ParseProxyError::syntax(&error))?;
        if let Some(listeners) = proxy.get_mut("spec").and_then(|spec| spec.get_mut("listeners")) {
            each(listeners, rename_in_listener);
        }
        Self::from_value(&proxy)
    }
}

type Object = Map<String, Value>;

fn each(list: &mut Value, rename: fn(&mut Object)) {
    let elements = list.as_array_mut().into_iter().flatten();
    elements.filter_map(Value::as_object_mut).for_each(rename);
}

fn each_of(object: &mut Object, json: &str, proto: &str, rename: fn(&mut Object)) {
    for name in [json, proto] {
        if let Some(list) = object.get_mut(name) {
            each(list, rename);
        }
    }
}

fn message<'a>(object: &'a mut Object, json: &str, proto: &str) -> Option<&'a mut Object> {
    let name = if object.contains_key(json) { json } else { proto };
    object.get_mut(name)?.as_object_mut()
}

/// Renames the first of the old names to the new one, unless the new one is present.
fn rename(object: &mut Object, old: &[&str], new: &str) {
    if object.contains_key(new) {
        return;
    }
    if let Some(value) = old.iter().find_map(|name| object.remove(*name)) {
        object.insert(new.to_owned(), value);
    }
}

fn rename_in_listener(listener: &mut Object) {
    rename(listener, &["plugins"], "options");
    if let Some(http) = message(listener, "httpListener", "http_listener") {
        rename(http, &["listenerPlugins", "listener_plugins"], "options");
        each_of(http, "virtualHosts", "virtual_hosts", rename_in_virtual_host);
    }
}

fn rename_in_virtual_host(host: &mut Object) {
    rename(host, &["virtualHostPlugins", "virtual_host_plugins"], "options");
    each_of(host, "routes", "routes", rename_in_route);
}

fn rename_in_route(route: &mut Object) {
    if !route.contains_key("matchers")
        && let Some(matcher) = route.remove("matcher")
    {
        route.insert("matchers".to_owned(), Value::Array(vec![matcher]));
    }
    rename(route, &["routePlugins", "route_plugins"], "options");
    if let Some(options) = message(route, "options", "options") {
        for (json, proto) in [("hostRewrite", "host_rewrite"), ("prefixRewrite", "prefix_rewrite")] {
            unwrap(options, json, proto);
        }
    }
    let multi =
        message(route, "routeAction", "route_action").and_then(|action| message(action, "multi", "multi"));
    if let Some(multi) = multi {
        each_of(multi, "destinations", "destinations", |destination| {
            let old = [
                "weighedDestinationPlugins",
                "weighed_destination_plugins",
                "weightedDestinationPlugins",
                "weighted_destination_plugins",
            ];
            rename(destination, &old, "options");
        });
    }
}

/// Replaces a message by its only field.
fn unwrap(options: &mut Object, json: &str, proto: &str) {
    for name in [json, proto] {
        if let Some(wrapper) = options.get_mut(name)
            && let Some(message) = wrapper.as_object_mut()
        {
            let inner = message.remove(json).or_else(|| message.remove(proto));
            *wrapper = inner.unwrap_or(Value::Null);
        }
    }
}
