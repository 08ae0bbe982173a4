use gloo_proxy_model::{
    Action, Destination, DestinationType, DirectResponseAction, MultiDestination, PathRewrite,
    RedirectAction, RedirectCode, ResourceRef, RouteAction, RouteDestination, WeightedDestination,
    WeightedDestinationOptions,
};
use serde_json::{Map, Value, json};

use super::report::{ReportKind, Reports};
use super::{Environment, headers, names};

/// The field of Envoy's route that says what happens, and its value.
pub(crate) fn build(
    action: &Action,
    at: &str,
    environment: &Environment,
    reports: &mut Reports,
) -> Option<(&'static str, Value)> {
    Some(match action {
        Action::Route(route) => ("route", forward(route, at, environment, reports)),
        Action::Redirect(redirect) => ("redirect", lower_redirect(redirect, at, reports)),
        Action::DirectResponse(DirectResponseAction { status, body, unknown }) => {
            reports.unsupported(at, &[], unknown);
            let body = (!body.is_empty()).then(|| ("body".to_owned(), json!({ "inlineString": body })));
            let fields = [("status".to_owned(), json!(status))].into_iter().chain(body);
            ("directResponse", Value::Object(fields.collect()))
        }
        Action::GraphqlApi(_) => {
            reports.add(ReportKind::Unsupported, format!("{at}: graphqlApiRef"));
            return None;
        }
    })
}

fn forward(action: &RouteAction, at: &str, environment: &Environment, reports: &mut Reports) -> Value {
    let RouteAction { destination, unknown } = action;
    reports.unsupported(at, &[], unknown);
    match destination {
        Some(RouteDestination::Single(destination)) => {
            json!({ "cluster": cluster(Some(destination), at, environment, reports) })
        }
        Some(RouteDestination::Multi(multi)) => {
            json!({ "weightedClusters": weighted_clusters(multi, at, environment, reports) })
        }
        Some(RouteDestination::UpstreamGroup(group)) => {
            missing("UpstreamGroup", group, at, reports);
            json!({})
        }
        Some(RouteDestination::ClusterHeader(header)) => json!({ "clusterHeader": header }),
        Some(RouteDestination::DynamicForwardProxy(_)) => {
            reports.add(ReportKind::Unsupported, format!("{at}: dynamicForwardProxy"));
            json!({})
        }
        None => {
            reports.add(ReportKind::ProcessingError, format!("{at}: no destination specified"));
            json!({})
        }
    }
}

fn weighted_clusters(
    multi: &MultiDestination,
    at: &str,
    environment: &Environment,
    reports: &mut Reports,
) -> Value {
    let MultiDestination { destinations, unknown } = multi;
    reports.unsupported(at, &[], unknown);
    if destinations.is_empty() {
        let reason = "must specify at least one weighted destination for multi destination routes";
        reports.add(ReportKind::ProcessingError, format!("{at}: {reason}"));
        return json!({});
    }
    let mut total: u64 = 0;
    let mut weighted_cluster = |weighted: &WeightedDestination| {
        let WeightedDestination { destination, weight, options, unknown } = weighted;
        reports.unsupported(at, &[], unknown);
        let weight = weight.unwrap_or_default();
        total = total.saturating_add(u64::from(weight));
        let mut out = Map::from_iter([
            ("name".to_owned(), json!(cluster(destination.as_ref(), at, environment, reports))),
            ("weight".to_owned(), json!(weight)),
        ]);
        if let Some(WeightedDestinationOptions { header_manipulation, unknown }) = options {
            reports.unsupported(at, &[], unknown);
            if let Some(manipulation) = header_manipulation {
                headers::apply(manipulation, &mut out, at, reports);
            }
        }
        Value::Object(out)
    };
    let clusters: Vec<Value> = destinations.iter().map(&mut weighted_cluster).collect();
    if total < 1 {
        reports.add(ReportKind::ProcessingError, format!("{at}: the sum of the weights must be at least 1"));
    }
    json!({ "clusters": clusters, "totalWeight": total })
}

/// The cluster's name; it is written even where Gloo knows no such Service.
fn cluster(
    destination: Option<&Destination>,
    at: &str,
    environment: &Environment,
    reports: &mut Reports,
) -> String {
    let Some(Destination { destination_type, destination_spec, subset, unknown }) = destination else {
        reports.add(ReportKind::ProcessingError, format!("{at}: no destination specified"));
        return String::new();
    };
    let left_out = [("destinationSpec", destination_spec.is_some()), ("subset", subset.is_some())];
    reports.unsupported(at, &left_out, unknown);
    match destination_type {
        Some(DestinationType::Kube(kube)) => {
            let ports = environment.services.get(&kube.r#ref);
            if !ports.is_some_and(|ports| ports.iter().any(|port| port.port == kube.port)) {
                missing(&format!("port {} of Service", kube.port), &kube.r#ref, at, reports);
            }
            names::kube_cluster(kube)
        }
        Some(DestinationType::Upstream(upstream)) => {
            missing("Upstream", upstream, at, reports);
            names::upstream_cluster(upstream)
        }
        Some(DestinationType::Consul(_)) => {
            reports.add(ReportKind::Unsupported, format!("{at}: consul"));
            String::new()
        }
        None => {
            reports.add(ReportKind::ProcessingError, format!("{at}: no destination type specified"));
            String::new()
        }
    }
}

fn missing(what: &str, reference: &ResourceRef, at: &str, reports: &mut Reports) {
    let ResourceRef { name, namespace, unknown: _ } = reference;
    reports.add(
        ReportKind::InvalidDestinationWarning,
        format!("{at}: {what} {namespace}/{name} does not exist"),
    );
}

fn lower_redirect(redirect: &RedirectAction, at: &str, reports: &mut Reports) -> Value {
    let RedirectAction {
        host_redirect,
        path_rewrite,
        response_code,
        https_redirect,
        strip_query,
        port_redirect,
        unknown,
    } = redirect;
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    let code = match response_code {
        RedirectCode::MovedPermanently => None,
        RedirectCode::Found => Some("FOUND"),
        RedirectCode::SeeOther => Some("SEE_OTHER"),
        RedirectCode::TemporaryRedirect => Some("TEMPORARY_REDIRECT"),
        RedirectCode::PermanentRedirect => Some("PERMANENT_REDIRECT"),
    };
    put("hostRedirect", (!host_redirect.is_empty()).then(|| json!(host_redirect)));
    put("responseCode", code.map(|code| json!(code)));
    put("httpsRedirect", https_redirect.then(|| json!(true)));
    put("stripQuery", strip_query.then(|| json!(true)));
    put("portRedirect", port_redirect.map(|port| json!(port)));
    let mut regex = false;
    match path_rewrite {
        Some(PathRewrite::Path(path)) => put("pathRedirect", Some(json!(path))),
        Some(PathRewrite::Prefix(prefix)) => put("prefixRewrite", Some(json!(prefix))),
        Some(PathRewrite::Regex(_)) => regex = true,
        None => {}
    }
    reports.unsupported(at, &[("regexRewrite", regex)], unknown);
    Value::Object(out)
}
