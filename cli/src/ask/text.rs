//! The answer with its reasons, for people.

use std::fmt;

use gloo_proxy_model::ProtoDuration;
use knative_gloo_simulator::{Forward, Retries, SecretName, Share, Verdict};

use super::explanation::{Explanation, HeaderChanges, Host, Origin, Passed};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, request, answer, header_changes, listener, virtual_host, hints } = self;
        writeln!(f, "{gateway}: {request}\n")?;
        match &answer.verdict {
            Verdict::Forward(forward) => forwarded(f, forward, header_changes)?,
            other @ (Verdict::NotServed(_) | Verdict::Redirect { .. } | Verdict::Direct(_)) => {
                writeln!(f, "{other}")?;
            }
        }
        writeln!(f)?;
        if let Some(SecretName(secret)) = &answer.certificate {
            writeln!(f, "certificate:  Secret {secret}")?;
        }
        if let Some(listener) = listener {
            writeln!(f, "listener:     {listener}")?;
        }
        if let Some(host) = virtual_host {
            self::host(f, host)?;
        }
        if !hints.is_empty() {
            writeln!(f, "\nhints:")?;
            hints.iter().try_for_each(|hint| writeln!(f, "  {hint}"))?;
        }
        Ok(())
    }
}

fn forwarded(f: &mut fmt::Formatter<'_>, forward: &Forward, changes: &[HeaderChanges]) -> fmt::Result {
    let Forward { host, path, timeout, retries, backends } = forward;
    for (Share { service, port, weight, headers: _ }, changes) in backends.iter().zip(changes) {
        writeln!(f, "{weight:>3} %  {service}:{port}")?;
        let HeaderChanges { set, removed } = changes;
        for (name, values) in set {
            writeln!(f, "         sets {name}: {}", values.join(", "))?;
        }
        removed.iter().try_for_each(|name| writeln!(f, "         removes {name}"))?;
    }
    writeln!(f, "\nhost:         {host}")?;
    writeln!(f, "path:         {path}")?;
    let duration = |nanos: Option<i64>| {
        nanos.map_or_else(|| "none".to_owned(), |nanos| ProtoDuration::from_nanos(nanos).to_string())
    };
    writeln!(f, "timeout:      {}", duration(*timeout))?;
    match retries {
        None => writeln!(f, "retries:      none"),
        Some(Retries { attempts, per_try_timeout: None }) => writeln!(f, "retries:      {attempts}"),
        Some(Retries { attempts, per_try_timeout }) => {
            writeln!(f, "retries:      {attempts}, each within {}", duration(*per_try_timeout))
        }
    }
}

fn host(f: &mut fmt::Formatter<'_>, host: &Host) -> fmt::Result {
    let Host { name, domain, ingress, path: _, passed_over, route } = host;
    writeln!(f, "virtual host: {name}, by its domain {domain}")?;
    if let Some(ingress) = ingress {
        writeln!(f, "Ingress:      {ingress}")?;
    }
    if let Some(route) = route {
        writeln!(f, "route:        {route}")?;
    }
    if !passed_over.is_empty() {
        writeln!(f, "\npassed over:")?;
    }
    for Passed { route, mismatches } in passed_over {
        let reasons: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
        writeln!(f, "  {route}\n    {}", reasons.join("; "))?;
    }
    Ok(())
}

impl fmt::Display for Origin {
    /// `spec.rules[0].http.paths[1] (shop.yaml: document 1, line 12)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, field, location } = self;
        match field {
            Some(field) => write!(f, "{field}")?,
            None => write!(f, "route {index}")?,
        }
        match location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}
