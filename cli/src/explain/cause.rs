use knative_gloo_simulator::{Answer, Forward, NotServed, Request, Verdict};

/// What is different between two answers, in words that are the same for all requests for which the same is different.
pub(super) fn of(request: &Request, before: &Answer, after: &Answer) -> String {
    let scheme = request.transport.scheme();
    let what = match (&before.verdict, &after.verdict) {
        (Verdict::Forward(before), Verdict::Forward(after)) => forwarded(before, after),
        (before, after) if kind(before) == kind(after) => String::new(),
        (before, after) => format!("{} → {}", kind(before), kind(after)),
    };
    let certificate = if before.certificate == after.certificate {
        ""
    } else if what.is_empty() {
        "another certificate"
    } else {
        match (&before.certificate, &after.certificate) {
            (None, _) => ", with a certificate",
            (_, None) => ", without a certificate",
            (Some(_), Some(_)) => ", another certificate",
        }
    };
    let port = if request.authority.contains(':') { ", host with a port" } else { "" };
    match (what.is_empty(), certificate.is_empty()) {
        (true, true) => format!("{scheme}: another location{port}"),
        _ => format!("{scheme}: {what}{certificate}{port}"),
    }
}

fn kind(verdict: &Verdict) -> String {
    match verdict {
        Verdict::NotServed(NotServed::NoListener) => "connection refused".to_owned(),
        Verdict::NotServed(NotServed::NoCertificate) => "no TLS for the name".to_owned(),
        Verdict::NotServed(NotServed::NoHost) => "404 for the host".to_owned(),
        Verdict::NotServed(NotServed::NoRoute) => "404 for the path or the headers".to_owned(),
        Verdict::Redirect { status, location: _ } => format!("redirect {status}"),
        Verdict::Direct(status) => format!("{status} from the gateway"),
        Verdict::Forward(_) => "a backend".to_owned(),
    }
}

fn forwarded(before: &Forward, after: &Forward) -> String {
    let mut all = Vec::new();
    let Forward { host, path, timeout, retries, backends } = before;
    let shares = |forward: &Forward| {
        let shares = forward.backends.iter().map(|share| (share.service.clone(), share.port, share.weight));
        let mut shares: Vec<_> = shares.collect();
        shares.sort();
        shares
    };
    if shares(before) != shares(after) {
        all.push("other backends or shares".to_owned());
    } else if *backends != after.backends {
        all.push(headers(before, after));
    }
    if *host != after.host {
        all.push("the backend sees another host".to_owned());
    }
    if *path != after.path {
        all.push("the backend sees another path".to_owned());
    }
    if *timeout != after.timeout {
        all.push(
            match (timeout, after.timeout) {
                (Some(_), None) => "no time limit any more",
                (None, Some(_)) => "a time limit",
                (None | Some(_), _) => "another time limit",
            }
            .to_owned(),
        );
    }
    if *retries != after.retries {
        all.push(
            match (retries, after.retries) {
                (Some(_), None) => "no retries any more",
                (None, Some(_)) => "retries",
                (None | Some(_), _) => "other retries",
            }
            .to_owned(),
        );
    }
    all.join(", ")
}

/// The first header that the backend sees differently.
fn headers(before: &Forward, after: &Forward) -> String {
    for (old, new) in before.backends.iter().zip(&after.backends) {
        let names = old.headers.keys().chain(new.headers.keys());
        if let Some(name) = names.into_iter().find(|name| old.headers.get(*name) != new.headers.get(*name)) {
            let count = |values: Option<&Vec<String>>| values.map_or(0, Vec::len);
            return match (count(old.headers.get(name)), count(new.headers.get(name))) {
                (2.., 1) => "a header is set instead of added to the client's".to_owned(),
                (0, _) => "one more header for the backend".to_owned(),
                (_, 0) => "one header less for the backend".to_owned(),
                _ => "another header value for the backend".to_owned(),
            };
        }
    }
    "other headers for the backend".to_owned()
}
