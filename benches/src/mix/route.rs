//! The spec that Serving writes for a Route.

use knative_ingress_model::{
    GoDuration, HeaderMatch, Headers, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry,
    IngressBackendSplit, IngressRule, IngressSpec, IngressTls, IntOrString, Visibility,
};

use super::{
    draw::{Route, Tag},
    names::Names,
};

/// Ten minutes: the time limit of a request that every path had in 2020.
const TIMEOUT_2020: i64 = 600;

pub(super) fn spec(names: &Names, route: &Route) -> IngressSpec {
    let targets = std::iter::once(None).chain(route.tags.iter().map(Some));
    let rules = targets.clone().flat_map(|tag| rules(names, route, tag)).collect();
    let mut tls: Vec<IngressTls> = if route.tls {
        targets.filter(|tag| !is_private(route, *tag)).map(|tag| certificate(names, tag)).collect()
    } else {
        Vec::new()
    };
    tls.sort_by(|a, b| a.hosts.cmp(&b.hosts));
    let (visibility, http_option) = if route.of_2020 {
        (Some(visibility(route.private)), None)
    } else {
        (None, Some(if route.tls { HttpOption::Redirected } else { HttpOption::Enabled }))
    };
    IngressSpec { tls, rules, visibility, http_option, ..IngressSpec::default() }
}

fn is_private(route: &Route, tag: Option<&Tag>) -> bool {
    route.private || tag.is_some_and(|tag| tag.private)
}

fn visibility(private: bool) -> Visibility {
    if private { Visibility::ClusterLocal } else { Visibility::ExternalIp }
}

fn certificate(names: &Names, tag: Option<&Tag>) -> IngressTls {
    let tag = tag.map(|tag| tag.name);
    IngressTls {
        hosts: vec![names.public(tag)],
        secret_name: names.secret(tag),
        secret_namespace: names.namespace.clone(),
        ..IngressTls::default()
    }
}

/// The rules of one target: in 2020 one for all its hosts, today one for each visibility.
fn rules(names: &Names, route: &Route, tag: Option<&Tag>) -> Vec<IngressRule> {
    let private = is_private(route, tag);
    let tag_name = tag.map(|tag| tag.name);
    let (local, public) = (names.private(tag_name), names.public(tag_name));
    let paths = paths(names, route, tag);
    if route.of_2020 {
        let hosts = if private { vec![local] } else { vec![local, public] };
        let paths = with_challenge(names, route, tag, paths).into_iter().map(as_of_2020).collect();
        return vec![rule(hosts, private, paths)];
    }
    let short = names.short(tag_name);
    let inside = rule(vec![short.clone(), format!("{short}.svc"), local], true, paths.clone());
    let outside = (!private).then(|| rule(vec![public], false, with_challenge(names, route, tag, paths)));
    std::iter::once(inside).chain(outside).collect()
}

fn rule(hosts: Vec<String>, private: bool, paths: Vec<HttpIngressPath>) -> IngressRule {
    IngressRule {
        hosts,
        visibility: Some(visibility(private)),
        http: Some(HttpIngressRuleValue { paths: Some(paths), ..HttpIngressRuleValue::default() }),
        ..IngressRule::default()
    }
}

fn paths(names: &Names, route: &Route, tag: Option<&Tag>) -> Vec<HttpIngressPath> {
    let Some(tag) = tag else {
        let main = splits(names, route, &route.shares);
        if !route.tag_header {
            return vec![path(main, Headers::new())];
        }
        let chosen = route.tags.iter().map(|tag| HttpIngressPath {
            headers: Headers::from([(
                "Knative-Serving-Tag".to_owned(),
                HeaderMatch { exact: tag.name.to_owned(), ..HeaderMatch::default() },
            )]),
            ..path(splits_of_tag(names, route, tag), Headers::new())
        });
        let default_route = Headers::from([("Knative-Serving-Default-Route".to_owned(), "true".to_owned())]);
        return chosen.chain([path(main, default_route)]).collect();
    };
    let append_headers = if route.tag_header {
        Headers::from([("Knative-Serving-Tag".to_owned(), tag.name.to_owned())])
    } else {
        Headers::new()
    };
    vec![path(splits_of_tag(names, route, tag), append_headers)]
}

fn path(splits: Vec<IngressBackendSplit>, append_headers: Headers) -> HttpIngressPath {
    HttpIngressPath { splits: Some(splits), append_headers, ..HttpIngressPath::default() }
}

/// Defaulting wrote these into every path.
fn as_of_2020(path: HttpIngressPath) -> HttpIngressPath {
    let timeout = Some(GoDuration::from_secs(TIMEOUT_2020));
    HttpIngressPath {
        timeout,
        retries: Some(HttpRetry { attempts: 3, per_try_timeout: timeout, ..HttpRetry::default() }),
        ..path
    }
}

/// The main target's challenge goes before everything else.
fn with_challenge(
    names: &Names,
    route: &Route,
    tag: Option<&Tag>,
    paths: Vec<HttpIngressPath>,
) -> Vec<HttpIngressPath> {
    if !route.challenged || tag.is_some() {
        return paths;
    }
    let solver = IngressBackendSplit {
        service_namespace: names.namespace.clone(),
        service_name: "cm-acme-http-solver-8kq7d".to_owned(),
        service_port: IntOrString::Int(8089),
        percent: 100,
        ..IngressBackendSplit::default()
    };
    let challenge = HttpIngressPath {
        path: "/.well-known/acme-challenge/kq3Zt-9xX_u0TzYbW1v7cR5mLpQ2sDfG".to_owned(),
        ..path(vec![solver], Headers::new())
    };
    std::iter::once(challenge).chain(paths).collect()
}

fn splits_of_tag(names: &Names, route: &Route, tag: &Tag) -> Vec<IngressBackendSplit> {
    vec![split(names, route, route.revision.saturating_sub(tag.back), 100)]
}

fn splits(names: &Names, route: &Route, shares: &[u32]) -> Vec<IngressBackendSplit> {
    let newest_first = (0..).zip(shares.iter().rev());
    let mut splits: Vec<_> = newest_first
        .map(|(back, share)| split(names, route, route.revision.saturating_sub(back), *share))
        .collect();
    splits.reverse();
    splits
}

fn split(names: &Names, route: &Route, revision: u32, percent: u32) -> IngressBackendSplit {
    let revision = names.revision(revision, route.of_2020);
    IngressBackendSplit {
        service_namespace: names.namespace.clone(),
        service_port: IntOrString::Int(if route.h2c { 81 } else { 80 }),
        percent: i64::from(percent),
        append_headers: Headers::from([
            ("Knative-Serving-Namespace".to_owned(), names.namespace.clone()),
            ("Knative-Serving-Revision".to_owned(), revision.clone()),
        ]),
        service_name: revision,
        ..IngressBackendSplit::default()
    }
}
