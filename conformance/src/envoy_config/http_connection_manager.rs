use gloo_proxy_model::{CodecType, HttpConnectionManagerSettings, HttpListener, HttpListenerOptions};
use serde_json::{Map, Value, json};

use super::duration;
use super::report::Reports;

/// The network filter of an HTTP listener, whose routes come over RDS.
pub(crate) fn build(listener: &HttpListener, route_config: &str, at: &str, reports: &mut Reports) -> Value {
    let HttpListener {
        virtual_hosts: _,
        options,
        stat_prefix,
        custom_http_filters,
        custom_network_filters,
        metadata: _,
        unknown,
    } = listener;
    let left_out = [
        ("customHttpFilters", !custom_http_filters.is_empty()),
        ("customNetworkFilters", !custom_network_filters.is_empty()),
    ];
    reports.unsupported(at, &left_out, unknown);
    let mut manager = Map::from_iter([
        (
            "@type".to_owned(),
            json!(format!("{NETWORK_FILTERS}.http_connection_manager.v3.HttpConnectionManager")),
        ),
        ("statPrefix".to_owned(), json!(if stat_prefix.is_empty() { "http" } else { stat_prefix.as_str() })),
        (
            "rds".to_owned(),
            json!({
                "configSource": { "ads": {}, "resourceApiVersion": "V3" },
                "routeConfigName": route_config,
            }),
        ),
        ("httpFilters".to_owned(), http_filters()),
        ("upgradeConfigs".to_owned(), json!([{ "upgradeType": "websocket" }])),
        ("normalizePath".to_owned(), json!(true)),
    ]);
    if let Some(options) = options {
        let HttpListenerOptions { http_connection_manager_settings, unknown } = options.as_ref();
        reports.unsupported(at, &[], unknown);
        if let Some(settings) = http_connection_manager_settings {
            manager.extend(lower_settings(settings, at, reports));
        }
    }
    json!({ "name": "envoy.filters.network.http_connection_manager", "typedConfig": manager })
}

const NETWORK_FILTERS: &str = "type.googleapis.com/envoy.extensions.filters.network";
const HTTP_FILTERS: &str = "type.googleapis.com/envoy.extensions.filters.http";

/// Gloo's filters in its order. Between grpc_web and csrf it has `io.solo.transformation`, which only Solo's own build
/// of Envoy knows.
fn http_filters() -> Value {
    let filter = |name: &str, message: &str, fields: Value| {
        let mut config =
            Map::from_iter([("@type".to_owned(), json!(format!("{HTTP_FILTERS}.{name}.v3.{message}")))]);
        if let Value::Object(fields) = fields {
            config.extend(fields);
        }
        json!({ "name": format!("envoy.filters.http.{name}"), "typedConfig": config })
    };
    let rate_limit = json!({ "statPrefix": "http_local_ratelimit", "stage": 3 });
    json!([
        filter("fault", "HTTPFault", json!({})),
        filter("cors", "Cors", json!({})),
        filter("local_ratelimit", "LocalRateLimit", rate_limit),
        filter("grpc_web", "GrpcWeb", json!({})),
        filter("csrf", "CsrfPolicy", json!({ "filterEnabled": { "defaultValue": {} } })),
        filter("router", "Router", json!({})),
    ])
}

fn lower_settings(
    settings: &HttpConnectionManagerSettings,
    at: &str,
    reports: &mut Reports,
) -> Map<String, Value> {
    let HttpConnectionManagerSettings {
        use_remote_address,
        xff_num_trusted_hops,
        stream_idle_timeout,
        request_timeout,
        idle_timeout,
        max_stream_duration,
        upgrades,
        strip_any_host_port,
        merge_slashes,
        normalize_path,
        codec_type,
        accept_http_10,
        proxy_100_continue,
        unknown,
    } = settings;
    let left_out = [
        ("idleTimeout", idle_timeout.is_some()),
        ("maxStreamDuration", max_stream_duration.is_some()),
        ("upgrades", !upgrades.is_empty()),
        ("codecType", *codec_type != CodecType::default()),
        ("acceptHttp10", accept_http_10.is_some()),
        ("proxy100Continue", proxy_100_continue.is_some()),
    ];
    reports.unsupported(at, &left_out, unknown);
    let fields = [
        ("useRemoteAddress", use_remote_address.map(|on| json!(on))),
        ("xffNumTrustedHops", xff_num_trusted_hops.filter(|hops| *hops > 0).map(|hops| json!(hops))),
        ("streamIdleTimeout", stream_idle_timeout.map(duration)),
        ("requestTimeout", request_timeout.map(duration)),
        ("stripAnyHostPort", strip_any_host_port.filter(|on| *on).map(|on| json!(on))),
        ("mergeSlashes", merge_slashes.filter(|on| *on).map(|on| json!(on))),
        ("normalizePath", normalize_path.map(|on| json!(on))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
