//! Requests near the edges of a set: each host, path and header of it, and their near misses.

use knative_gloo_translate::Gateway;
use knative_ingress_model::{HttpIngressPath, Ingress, IngressRule, Visibility, keys};

use super::{Case, Choices};
use crate::http_model::GatewayRequest;
use knative_gloo_simulator::{Request, Transport};

/// A request near an edge of one of the Ingresses.
pub fn request(case: &Case, choices: &mut Choices) -> GatewayRequest {
    let ingresses = &case.ingresses;
    let ingress = ingresses.get(choices.below(ingresses.len()));
    let rules = ingress.map(|ingress| ingress.spec.rules.as_slice()).unwrap_or_default();
    let rule = rules.get(choices.below(rules.len()));
    let paths =
        rule.and_then(|rule| rule.http.as_ref()).and_then(|http| http.paths.as_deref()).unwrap_or_default();
    let path = paths.get(choices.below(paths.len()));
    let private = rule.is_some_and(|rule| rule.visibility == Some(Visibility::ClusterLocal));
    let gateway =
        if choices.chance(if private { 85 } else { 40 }) { Gateway::Internal } else { Gateway::External };
    let authority = authority(case, ingress, rule, choices);
    let secure = ingress.is_some_and(|ingress| {
        !ingress.spec.tls.is_empty() || ingress.metadata.annotations.as_ref().is_some_and(|all| all.len() > 1)
    });
    let transport = if choices.chance(if secure { 45 } else { 5 }) {
        tls(&authority, ingress, choices)
    } else {
        Transport::Plain
    };
    let request = Request {
        transport,
        authority,
        method: "GET".to_owned(),
        path: request_path(path.map_or("/", |path| &path.path), choices),
        headers: headers(path, choices),
    };
    GatewayRequest { gateway, request }
}

fn authority(
    case: &Case,
    ingress: Option<&Ingress>,
    rule: Option<&IngressRule>,
    choices: &mut Choices,
) -> String {
    let of_rule = rule.map(|rule| rule.hosts.as_slice()).unwrap_or_default();
    let tls = ingress.map(|ingress| ingress.spec.tls.as_slice()).unwrap_or_default();
    let of_tls = tls.get(choices.below(tls.len())).map(|tls| tls.hosts.as_slice()).unwrap_or_default();
    let list = if choices.chance(10) { of_tls } else { of_rule };
    let listed = list.get(choices.below(list.len())).map_or("unrelated.example.org", String::as_str);
    let mut name = listed.trim_end_matches('.').to_ascii_lowercase();
    let domain = case.cluster_domain();
    let shorter = match choices.below(10) {
        0 => name.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.')),
        1 => name.strip_suffix(domain).and_then(|rest| rest.strip_suffix(".svc.")),
        _ => None,
    };
    if let Some(short) = shorter {
        name = short.to_owned();
    }
    if let Some(rest) = name.strip_prefix('*') {
        name = match choices.below(6) {
            0 | 1 => format!("q{rest}"),
            2 => format!("shop{rest}"),
            3 => format!("q.r{rest}"),
            4 => rest.trim_start_matches('.').to_owned(),
            _ => rest.to_owned(),
        };
    }
    name = match choices.below(40) {
        0 => name.to_ascii_uppercase(),
        1 => format!("{name}."),
        2 => format!("x{name}"),
        3 => format!("x.{name}"),
        4 => name.chars().skip(1).collect(),
        5 => name.split_once('.').map_or_else(|| name.clone(), |(_, rest)| rest.to_owned()),
        _ => name,
    };
    match choices.below(24) {
        0 => name.push_str(":80"),
        1 => name.push_str(":443"),
        2 => name.push_str(":8080"),
        3 => name.push_str(":8443"),
        4 => name.push_str(":81"),
        _ => {}
    }
    // What Envoy refuses by itself is no question to a route.
    let sendable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if name.is_empty() || !name.bytes().all(sendable) || name.starts_with(':') {
        "unrelated.example.org".to_owned()
    } else {
        name
    }
}

fn tls(authority: &str, ingress: Option<&Ingress>, choices: &mut Choices) -> Transport {
    let name = authority.split(':').next().unwrap_or(authority).trim_end_matches('.').to_owned();
    let tls = ingress.map(|ingress| ingress.spec.tls.as_slice()).unwrap_or_default();
    let hosts = tls.get(choices.below(tls.len())).map(|tls| tls.hosts.as_slice()).unwrap_or_default();
    let sni = match choices.below(12) {
        0 => None,
        1 => hosts.get(choices.below(hosts.len())).map(|host| host.replace('*', "q")),
        2 => Some(format!("x.{name}")),
        3 => name.split_once('.').map(|(_, rest)| rest.to_owned()),
        _ => Some(name),
    };
    // A TLS library sends no other: labels of letters, digits, hyphens, and in lower case.
    let label = |label: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(good)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let sendable = |sni: &String| {
        sni.split('.').all(label)
            && sni.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Transport::Tls { sni: sni.map(|sni| sni.to_ascii_lowercase()).filter(sendable) }
}

fn request_path(prefix: &str, choices: &mut Choices) -> String {
    let prefix = if prefix.is_empty() { "/" } else { prefix };
    let mut path = match choices.below(26) {
        0 => format!("{prefix}x"),
        1 => format!("{prefix}/x"),
        2 => prefix.get(..prefix.len().saturating_sub(1)).unwrap_or(prefix).to_owned(),
        3 => prefix.to_ascii_uppercase(),
        4 => format!("/x/..{prefix}"),
        5 => format!("/{prefix}"),
        6 => encoded(prefix),
        7 => format!("{prefix}/.."),
        8 => format!("{prefix}/./y"),
        9 => prefix.replace('%', "%25"),
        10 => "/".to_owned(),
        11 => prefix.replace('/', "\\"),
        12 => prefix.trim_end_matches('/').to_owned(),
        _ => prefix.to_owned(),
    };
    match choices.below(12) {
        0 => path.push_str("?x=1"),
        1 => path.push_str("?/../%66"),
        _ => {}
    }
    // What Envoy refuses by itself is no question to a route.
    let sendable = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if path.starts_with('/') && path.bytes().all(sendable) && !path.contains("%00") {
        path
    } else {
        "/".to_owned()
    }
}

/// The last letter percent-encoded.
fn encoded(path: &str) -> String {
    let mut chars = path.chars();
    match chars.next_back() {
        Some(last) if last.is_ascii_alphanumeric() => format!("{}%{:02x}", chars.as_str(), u32::from(last)),
        Some(_) | None => path.to_owned(),
    }
}

fn headers(path: Option<&HttpIngressPath>, choices: &mut Choices) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let Some(path) = path else { return headers };
    for (name, wanted) in &path.headers {
        if name.eq_ignore_ascii_case("host") {
            continue;
        }
        let exact = &wanted.exact;
        let mut add = |name: String, value: String| headers.push((name, value));
        match choices.below(16) {
            0 => {}
            1 => add(name.to_ascii_uppercase(), exact.clone()),
            2 => add(name.to_ascii_lowercase(), exact.clone()),
            3 => add(name.clone(), format!("{exact}x")),
            4 => add(name.clone(), String::new()),
            5 => {
                add(name.clone(), "other".to_owned());
                add(name.clone(), exact.clone());
            }
            6 => {
                let (first, second) = exact.split_once(',').unwrap_or((exact, "b"));
                add(name.clone(), first.to_owned());
                add(name.clone(), second.to_owned());
            }
            7 => add(name.clone(), exact.to_ascii_uppercase()),
            8 => add(name.clone(), format!("{exact},b")),
            _ => add(name.clone(), exact.clone()),
        }
    }
    // What the path sets, a client may send.
    let of_splits = path.splits.iter().flatten().flat_map(|split| split.append_headers.keys());
    for name in path.append_headers.keys().chain(of_splits) {
        match choices.below(8) {
            0 => headers.push((name.clone(), "forged".to_owned())),
            1 => {
                headers.push((name.to_ascii_lowercase(), "forged".to_owned()));
                headers.push((name.clone(), "twice".to_owned()));
            }
            _ => {}
        }
    }
    match choices.below(16) {
        0 => headers.push((keys::HASH_HEADER.to_owned(), keys::HASH_OVERRIDE.to_owned())),
        1 => headers.push((keys::HASH_HEADER.to_owned(), "other".to_owned())),
        2 => headers.push(("X-A".to_owned(), "1".to_owned())),
        _ => {}
    }
    headers.retain(|(name, value)| sendable(name, value));
    headers
}

/// Whether a client can send it and Envoy leaves it as it is.
fn sendable(name: &str, value: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    const SPECIAL: [&str; 9] = [
        "host",
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    !name.is_empty()
        && name.bytes().all(token)
        && !SPECIAL.contains(&name.to_ascii_lowercase().as_str())
        && value.bytes().all(|byte| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic())
}
