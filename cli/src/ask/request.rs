//! The request of the command line.

use std::net::IpAddr;

use clap::Args;
use http::{HeaderName, HeaderValue, Method, Uri};
use knative_gloo_simulator::{Request, Transport};

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The request: http://HOST/PATH or https://HOST/PATH.
    #[arg(required = true)]
    url: String,
    /// A header of the request, `NAME: VALUE`; can be given several times. `Host` takes the place of the URL's host.
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// The method of the request.
    #[arg(short = 'X', long = "request", default_value = "GET", value_name = "METHOD")]
    method: String,
    /// The server name in the TLS handshake [default: the URL's host].
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
}

impl Arguments {
    /// The request as a client sends it.
    pub(crate) fn to_request(&self) -> Result<Request, String> {
        let Self { url, headers, method, sni } = self;
        let invalid =
            |why: &str| format!("invalid URL {url:?}: {why}, expected http://HOST/PATH or https://HOST/PATH");
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| invalid(&error.to_string()))?;
        let authority = uri.authority().ok_or_else(|| invalid("no host"))?;
        if authority.as_str().contains('@') {
            return Err(invalid("a user name is not sent to a gateway"));
        }
        let transport = match uri.scheme_str() {
            Some("http") if sni.is_some() => return Err("--sni needs an https URL".to_owned()),
            Some("http") => Transport::Plain,
            Some("https") => Transport::Tls { sni: sni.clone().or_else(|| server_name(authority.host())) },
            Some(_) | None => return Err(invalid("unknown scheme")),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // `http://host?query` has a query, and an empty path.
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let method = method.parse::<Method>().map_err(|_| format!("invalid method {method:?}"))?;
        let mut request = Request::get(authority.as_str(), path);
        (request.transport, request.method) = (transport, method.to_string());
        for header in headers {
            let (name, value) = read_header(header)?;
            if name == http::header::HOST {
                request.authority = value;
            } else {
                request.headers.push((name.to_string(), value));
            }
        }
        Ok(request)
    }
}

/// The name that a client sends in the handshake: none for an address.
fn server_name(host: &str) -> Option<String> {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_err().then(|| host.to_ascii_lowercase())
}

fn read_header(text: &str) -> Result<(HeaderName, String), String> {
    let invalid = || format!("invalid header {text:?}: expected NAME: VALUE");
    let (name, value) = text.split_once(':').ok_or_else(invalid)?;
    let name: HeaderName = name.trim().parse().map_err(|_| invalid())?;
    let value = value.trim();
    value.parse::<HeaderValue>().map_err(|_| invalid())?;
    Ok((name, value.to_owned()))
}
