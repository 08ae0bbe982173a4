//! What else there is to know: where a request would be served, and who else asks for its host.

use knative_gloo_simulator::{Answer, NotServed, Request, Transport, Verdict};
use knative_gloo_translate::{Gateway, IngressReport, Outcome};
use knative_ingress_model::Ingress;

use super::Gateways;
use crate::objects::Objects;

/// The hints for a request that gets this answer, from the virtual host of `owner` if there is one.
pub(super) fn hints(
    gateways: &Gateways,
    gateway: Gateway,
    request: &Request,
    answer: &Answer,
    owner: Option<&IngressReport>,
    objects: &Objects,
    cluster_domain: &str,
) -> Vec<String> {
    let mut all = Vec::new();
    if let Verdict::NotServed(why) = &answer.verdict {
        all.extend(elsewhere(gateways, gateway, request));
        all.extend(without_port(gateways, gateway, request, *why));
    }
    if let (Verdict::Redirect { .. }, Some(owner)) = (&answer.verdict, owner) {
        let field = "spec.httpOption";
        let location = objects.location_of(&owner.ingress, field).map(|location| format!(" ({location})"));
        let location = location.unwrap_or_default();
        all.push(format!("{field} of Ingress {}{location} asks for the redirect", owner.ingress));
    }
    let name = bare(&request.authority).to_ascii_lowercase();
    let others = claimants(gateways, &name, owner, objects, cluster_domain);
    if others.is_empty() && matches!(answer.verdict, Verdict::NotServed(NotServed::NoHost)) && all.is_empty()
    {
        all.push(format!("no Ingress in the input names the host {name}"));
    }
    all.extend(others);
    all
}

/// The gateways and listeners that would serve it.
fn elsewhere(gateways: &Gateways, gateway: Gateway, request: &Request) -> Vec<String> {
    let transports = [Transport::Plain, Transport::Tls { sni: Some(bare(&request.authority).to_owned()) }];
    let mut all = Vec::new();
    for other in Gateway::ALL {
        for transport in &transports {
            if other == gateway && transport.is_tls() == request.transport.is_tls() {
                continue;
            }
            let elsewhere = Request { transport: transport.clone(), ..request.clone() };
            if let Verdict::NotServed(_) = gateways.simulator(other).answer(&elsewhere).verdict {
                continue;
            }
            let (scheme, path) = (transport.scheme(), &request.path);
            all.push(format!("the {other} gateway serves {scheme}://{}{path}", request.authority));
        }
    }
    all
}

/// Whether the port in the host is what is wrong.
fn without_port(gateways: &Gateways, gateway: Gateway, request: &Request, why: NotServed) -> Option<String> {
    let name = bare(&request.authority);
    if why != NotServed::NoHost || name == request.authority {
        return None;
    }
    let bare = Request { authority: name.to_owned(), ..request.clone() };
    match gateways.simulator(gateway).answer(&bare).verdict {
        Verdict::NotServed(NotServed::NoHost | NotServed::NoListener | NotServed::NoCertificate) => None,
        Verdict::NotServed(NotServed::NoRoute)
        | Verdict::Redirect { .. }
        | Verdict::Direct(_)
        | Verdict::Forward(_) => Some(format!("the host is served without its port: {name}")),
    }
}

/// The host without its port.
fn bare(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => authority,
    }
}

/// The other Ingresses that name the host, and why they are not who serves it.
fn claimants(
    gateways: &Gateways,
    name: &str,
    owner: Option<&IngressReport>,
    objects: &Objects,
    cluster_domain: &str,
) -> Vec<String> {
    let mut all = Vec::new();
    for report in &gateways.translation.reports {
        // The errors of one that keeps the host and isn't served are what to know.
        let is_owner =
            owner.is_some_and(|owner| owner.ingress == report.ingress && owner.outcome != Outcome::Rejected);
        // Of several objects of one name the last counts.
        let ingress = objects.ingresses.iter().rev().find(|ingress| ingress.reference() == report.ingress);
        let Some(ingress) = ingress.filter(|_| !is_owner) else { continue };
        for (field, host) in hosts(ingress).filter(|(_, host)| names(host, name, cluster_domain)) {
            let reasons: Vec<_> = report
                .diagnostics
                .iter()
                .filter(|diagnostic| match report.outcome {
                    Outcome::Translated => diagnostic.path == field,
                    Outcome::Rejected | Outcome::Skipped => true,
                })
                .collect();
            let location =
                objects.location_of(&report.ingress, &field).map(|location| format!(" ({location})"));
            let mut hint = format!(
                "Ingress {} names {host} in {field}{}, and {}",
                report.ingress,
                location.unwrap_or_default(),
                match report.outcome {
                    Outcome::Translated if reasons.is_empty() => "serves it elsewhere",
                    Outcome::Translated => "does not serve it here",
                    Outcome::Rejected => "is rejected",
                    Outcome::Skipped => "is skipped",
                }
            );
            for diagnostic in reasons {
                hint.push_str(&format!("\n    {}: {diagnostic}", diagnostic.severity));
            }
            all.push(hint);
        }
    }
    all
}

/// The hosts of an Ingress with their fields.
fn hosts(ingress: &Ingress) -> impl Iterator<Item = (String, &str)> {
    ingress.spec.rules.iter().enumerate().flat_map(|(rule, spec)| {
        let field = move |index: usize| format!("spec.rules[{rule}].hosts[{index}]");
        spec.hosts.iter().enumerate().map(move |(index, host)| (field(index), host.as_str()))
    })
}

/// Whether a host of an Ingress stands for `name`: itself, as a wildcard, or by a short name inside the cluster.
fn names(host: &str, name: &str, cluster_domain: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |suffix: &str| name.strip_suffix(suffix).is_some_and(|label| !label.is_empty());
    host == name
        || host.strip_prefix('*').is_some_and(is_below)
        || [format!("{name}.svc.{cluster_domain}"), format!("{name}.{cluster_domain}")].contains(&host)
}
