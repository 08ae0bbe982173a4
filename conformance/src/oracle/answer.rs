use std::collections::{BTreeMap, HashMap};

use knative_gloo_translate::{HostPorts, Scheme};

use super::Oracle;
use super::rule::Path;
use super::site::Site;
use crate::http_model::GatewayRequest;
use knative_gloo_simulator::{
    Answer, Forward, NotServed, Request, SecretName, Share, Transport, Verdict, normalize_path, without_query,
};

impl Oracle {
    /// What a request gets.
    pub fn answer(&self, asked: &GatewayRequest) -> Answer {
        let GatewayRequest { gateway, request } = asked;
        let sites = self.sites(*gateway);
        let scheme = asked.scheme();
        let certificate = match &request.transport {
            Transport::Plain if sites.values().all(|site| site.is_reserved) => {
                return refused(NotServed::NoListener);
            }
            Transport::Plain => None,
            Transport::Tls { .. } if sites.values().all(|site| site.certificate.is_none()) => {
                return refused(NotServed::NoListener);
            }
            Transport::Tls { sni } => match certificate(sites, sni.as_deref()) {
                None => return refused(NotServed::NoCertificate),
                found => found.cloned(),
            },
        };
        let verdict = match self.site(sites, scheme, &request.authority) {
            None => NotServed::NoHost.into(),
            Some(site) => respond(site, scheme, self.ports(), request),
        };
        Answer { certificate, verdict }
    }

    /// The host that a request is for.
    fn site<'a>(
        &self,
        sites: &'a HashMap<String, Site>,
        scheme: Scheme,
        authority: &str,
    ) -> Option<&'a Site> {
        let served = |site: &&Site| match scheme {
            Scheme::Http => true,
            Scheme::Https => site.certificate.is_some() || site.is_reserved,
        };
        let authority = authority.to_ascii_lowercase();
        let (exact, name) = self.names(scheme, &authority);
        let found = sites.get(exact).filter(served).or_else(|| longest_wildcard(sites, name, served));
        found.or_else(|| sites.get("*").filter(served))
    }

    /// The client-facing ports of `http` and `https`.
    const fn ports(&self) -> (u16, u16) {
        match self.host_ports {
            HostPorts::Standard | HostPorts::Any => (80, 443),
            HostPorts::Fixed { http, https } => (http, https),
        }
    }

    /// The authority without the port that clients of this listener may write; as an exact name, and for wildcards.
    fn names<'a>(&self, scheme: Scheme, authority: &'a str) -> (&'a str, &'a str) {
        let (http, https) = self.ports();
        let port = match scheme {
            Scheme::Http => http,
            Scheme::Https => https,
        };
        let name = authority.strip_suffix(&port.to_string()).and_then(|rest| rest.strip_suffix(':'));
        let name = name.unwrap_or(authority);
        let any = match authority.split_once(':') {
            Some((name, port)) if !port.is_empty() => name,
            Some(_) | None => authority,
        };
        match self.host_ports {
            HostPorts::Standard | HostPorts::Fixed { .. } => (name, name),
            HostPorts::Any => (any, name),
        }
    }
}

fn refused(why: NotServed) -> Answer {
    Answer { certificate: None, verdict: why.into() }
}

/// `*.x` for the longest `x` that the name ends in.
fn longest_wildcard<'a>(
    sites: &'a HashMap<String, Site>,
    name: &str,
    served: impl Fn(&&Site) -> bool,
) -> Option<&'a Site> {
    let dots = name.match_indices('.').map(|(at, _)| at).filter(|at| *at > 0);
    let suffixes = dots.filter_map(|at| name.get(at..));
    suffixes.filter_map(|suffix| sites.get(&format!("*{suffix}"))).find(served)
}

/// The certificate that a client is shown.
fn certificate<'a>(sites: &'a HashMap<String, Site>, sni: Option<&str>) -> Option<&'a SecretName> {
    let covered = |site: &&Site| site.certificate.is_some();
    let named = sni
        .map(str::to_ascii_lowercase)
        .and_then(|sni| sites.get(&sni).filter(covered).or_else(|| longest_wildcard(sites, &sni, covered)));
    named.or_else(|| sites.get("*"))?.certificate.as_ref()
}

fn respond(site: &Site, scheme: Scheme, ports: (u16, u16), request: &Request) -> Verdict {
    let path = normalize_path(&request.path);
    let Some(found) = site.paths.iter().find(|candidate| matches(candidate, &path, request)) else {
        return NotServed::NoRoute.into();
    };
    if scheme == Scheme::Http && site.redirected && found.external && site.certificate.is_some() {
        return Verdict::Redirect {
            status: 301,
            location: format!("https://{}{path}", secured(&request.authority, ports)),
        };
    }
    let shares = found.backends.iter().map(|backend| Share {
        service: backend.service.clone(),
        port: backend.port,
        weight: backend.percent,
        headers: seen(request, &backend.headers, &found.set),
    });
    Verdict::Forward(Box::new(Forward {
        host: found.rewrite_host.clone().unwrap_or_else(|| request.authority.clone()),
        path,
        timeout: found.timeout,
        retries: found.retries,
        backends: Share::canonical(shares),
    }))
}

/// The authority under which `https` serves what `http` serves under `authority`. With the usual ports a client that wrote
/// another than 80 keeps it.
fn secured(authority: &str, ports: (u16, u16)) -> String {
    let name = authority.split_once(':').map_or(authority, |(name, _)| name);
    match ports {
        (80, 443) => {
            authority.strip_suffix(":80").or(authority.strip_suffix(":443")).unwrap_or(authority).to_owned()
        }
        (_, 443) => name.to_owned(),
        (_, https) => format!("{name}:{https}"),
    }
}

fn matches(candidate: &Path, path: &str, request: &Request) -> bool {
    without_query(path).starts_with(&candidate.prefix)
        && candidate.authority.as_ref().is_none_or(|wanted| *wanted == request.authority)
        && candidate.headers.iter().all(|(name, wanted)| request.header(name).any(|value| value == wanted))
}

/// The request's headers as the backend sees them.
fn seen(
    request: &Request,
    of_split: &[(String, String)],
    of_path: &[(String, String)],
) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        headers
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(value.trim_matches([' ', '\t']).to_owned());
    }
    for (name, value) in of_split.iter().chain(of_path) {
        if value.is_empty() {
            headers.remove(name);
        } else {
            headers.insert(name.clone(), vec![value.trim_matches([' ', '\t']).to_owned()]);
        }
    }
    headers
}
