use gloo_proxy_model::{HostRewrite, RedirectAction};

use crate::headers::Headers;
use crate::http_model::{Answer, Forward, NotServed, Request, Share, Transport, Verdict, normalize_path};
use crate::rewrite::{redirect_path, rewritten};
use crate::route::{Host, ReadyAction, ReadyBackend, ReadyRoute};
use crate::simulator::{Served, Settings, Simulator};

impl Simulator {
    /// What a request gets.
    pub fn answer(&self, request: &Request) -> Answer {
        let refused = |why: NotServed| Answer { certificate: None, verdict: why.into() };
        let Some(served) = self.served(&request.transport) else {
            return refused(NotServed::NoListener);
        };
        let certificate = match &request.transport {
            Transport::Plain => None,
            Transport::Tls { sni } => match served.chains.find(sni.as_deref()) {
                None => return refused(NotServed::NoCertificate),
                found => found.cloned(),
            },
        };
        Answer { certificate, verdict: served.verdict(request) }
    }
}

impl Served {
    fn verdict(&self, request: &Request) -> Verdict {
        let Self { name: _, chains: _, domains, hosts, settings } = self;
        let authority = settings.authority(&request.authority);
        let Some(host) = domains.find(authority).and_then(|index| hosts.get(index)) else {
            return NotServed::NoHost.into();
        };
        let path = settings.path(&request.path);
        let mut routes = host.routes.iter();
        let found = routes.find_map(|route| Some((route, route.matches(&path, request)?)));
        let Some((route, prefix)) = found else {
            return NotServed::NoRoute.into();
        };
        match &route.action {
            ReadyAction::Direct(status) => Verdict::Direct(*status),
            ReadyAction::Redirect(redirect) => Verdict::Redirect {
                status: ReadyAction::redirect_status(redirect.response_code),
                location: location(redirect, request, authority, &path, prefix),
            },
            ReadyAction::Forward(backends) => {
                forward(host, route, backends, request, authority, &path, prefix)
            }
        }
    }
}

impl Settings {
    pub(crate) fn authority<'a>(&self, authority: &'a str) -> &'a str {
        match authority.rsplit_once(':') {
            Some((name, port))
                if self.strip_any_host_port && port.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                name
            }
            Some(_) | None => authority,
        }
    }

    pub(crate) fn path(&self, path: &str) -> String {
        let mut path = if self.normalize_path { normalize_path(path) } else { path.to_owned() };
        if self.merge_slashes {
            let (bare, query) =
                path.split_once('?').map_or((path.as_str(), None), |(bare, query)| (bare, Some(query)));
            let mut merged = String::with_capacity(bare.len());
            for c in bare.chars() {
                if c != '/' || !merged.ends_with('/') {
                    merged.push(c);
                }
            }
            if let Some(query) = query {
                merged.push('?');
                merged.push_str(query);
            }
            path = merged;
        }
        path
    }
}

/// The header `location`. A port that belongs to the old scheme is left out, and so is 443, which says nothing in `https`.
fn location(
    redirect: &RedirectAction,
    request: &Request,
    authority: &str,
    path: &str,
    prefix: usize,
) -> String {
    let plain = matches!(request.transport, Transport::Plain);
    let scheme = if redirect.https_redirect || !plain { "https" } else { "http" };
    let host = if redirect.host_redirect.is_empty() {
        let kept = redirect.https_redirect && plain && redirect.port_redirect.is_none();
        if kept { authority.strip_suffix(":80").unwrap_or(authority) } else { authority }
    } else {
        &redirect.host_redirect
    };
    let host = match redirect.port_redirect {
        Some(port) => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            format!("{name}:{port}")
        }
        None => host.to_owned(),
    };
    let host = match host.strip_suffix(":443") {
        Some(bare) if scheme == "https" => bare,
        Some(_) | None => &host,
    };
    format!("{scheme}://{host}{}", redirect_path(redirect, path, prefix))
}

fn forward(
    host: &Host,
    route: &ReadyRoute,
    backends: &[ReadyBackend],
    request: &Request,
    authority: &str,
    path: &str,
    prefix: usize,
) -> Verdict {
    let mut received = Headers::new();
    for (name, value) in &request.headers {
        received
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(value.trim_matches([' ', '\t']).to_owned());
    }
    let shares = backends.iter().map(|backend| {
        let mut headers = received.clone();
        for level in [&backend.headers, &route.headers, &host.headers] {
            level.apply(&mut headers);
        }
        Share { service: backend.service.clone(), port: backend.port, weight: backend.weight, headers }
    });
    let seen = match &route.host_rewrite {
        Some(HostRewrite::Literal(new)) if !new.is_empty() => new.clone(),
        Some(HostRewrite::Header(name)) => {
            request.header(&name.to_ascii_lowercase()).next().unwrap_or(authority).to_owned()
        }
        Some(HostRewrite::Auto(true)) => "«the backend's name»".to_owned(),
        Some(HostRewrite::PathRegex(_)) => "«made from the path»".to_owned(),
        Some(HostRewrite::Literal(_) | HostRewrite::Auto(false)) | None => authority.to_owned(),
    };
    let path = match &route.prefix_rewrite {
        Some(rewrite) => rewritten(path, prefix, rewrite),
        None => path.to_owned(),
    };
    Verdict::Forward(Box::new(Forward {
        host: seen,
        path,
        timeout: route.timeout,
        retries: route.retries,
        backends: Share::canonical(shares),
    }))
}
