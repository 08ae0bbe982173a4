use super::schema::{Expect, OneOrMany};
use crate::checks::Failure;
use crate::testbed::backend::Echo;
use crate::testbed::client::{ClientError, Response};

impl Expect {
    /// Compares an answer with what it must be.
    pub(super) fn check(&self, answer: Result<Response, ClientError>) -> Result<(), Failure> {
        let Self {
            status,
            unreachable,
            handshake_fails,
            backend,
            host,
            uri,
            http,
            headers,
            location,
            shares: _,
        } = self;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if *unreachable && error.is_dial_error() => return Ok(()),
            Err(ClientError::Tls(_) | ClientError::Connect(_)) if *handshake_fails => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if *handshake_fails {
            return Err(Failure::because(format!("status {}, wanted no handshake", answer.status)));
        }
        let wanted = if *unreachable { 404 } else { status.unwrap_or(200) };
        same("status", &answer.status, &wanted)?;
        if let Some(location) = location {
            same("location", &answer.header("location").unwrap_or_default(), &location.as_str())?;
        }
        if backend.is_none() && host.is_none() && uri.is_none() && http.is_none() && headers.is_empty() {
            return Ok(());
        }
        let echo: Echo = serde_json::from_slice(&answer.body)?;
        if let Some(backend) = backend {
            same("backend", &echo.host.name, backend)?;
        }
        if let Some(host) = host {
            same("host", &echo.request.host, host)?;
        }
        if let Some(uri) = uri {
            same("uri", &echo.request.uri, uri)?;
        }
        if let Some(http) = http {
            same("http", &echo.request.proto_major, http)?;
        }
        for (name, wanted) in headers {
            let seen = echo.request.headers.get(name).map(Vec::as_slice).unwrap_or_default();
            same(name, &seen, &wanted.as_ref().map(OneOrMany::values).unwrap_or_default())?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, wanted: &T) -> Result<(), Failure> {
    if seen == wanted {
        Ok(())
    } else {
        Err(Failure::because(format!("{what}: {seen:?}, wanted {wanted:?}")))
    }
}
