use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use gloo_proxy_model::Proxy;
use knative_gloo_conformance::envoy_config::{self, Environment, ServicePort, UpstreamProtocol, references};
use knative_gloo_conformance::testbed::backend::Certificate;
use knative_gloo_conformance::testbed::envoy;

use super::{Error, files};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file with one Proxy or both, YAML or JSON.
    file: PathBuf,
    /// Where a Service's port is reached: NAMESPACE/NAME:PORT=ADDRESS:PORT, as often as needed. Others lead to port 9
    /// of loopback, where nobody answers.
    #[arg(long, value_name = "SERVICE=ADDRESS", value_parser = endpoint)]
    endpoint: Vec<(String, SocketAddr)>,
    /// Speak HTTP/2 to this Service's port: NAMESPACE/NAME:PORT, as often as needed.
    #[arg(long, value_name = "SERVICE")]
    h2: Vec<String>,
    /// Where a listener listens instead: NAME=ADDRESS:PORT (http=127.0.0.1:8080), as often as needed.
    #[arg(long, value_name = "LISTENER=ADDRESS", value_parser = endpoint)]
    listen: Vec<(String, SocketAddr)>,
    /// Only the Proxy of this name, so that the output is one bootstrap.
    #[arg(long, value_name = "NAME")]
    proxy: Option<String>,
}

fn endpoint(text: &str) -> Result<(String, SocketAddr), String> {
    let (service, address) = text.split_once('=').ok_or("wanted NAMESPACE/NAME:PORT=ADDRESS:PORT")?;
    Ok((service.to_owned(), address.parse().map_err(|error| format!("{address}: {error}"))?))
}

/// Prints one bootstrap for each Proxy, ready for `envoy -c`.
pub(crate) fn run(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { file, endpoint, h2, listen, proxy } = arguments;
    let endpoints: BTreeMap<String, SocketAddr> = endpoint.into_iter().collect();
    let mut good = true;
    for found in files::proxies(&file)? {
        let name = found.metadata.name.clone().unwrap_or_default();
        if proxy.as_ref().is_some_and(|wanted| *wanted != name) {
            continue;
        }
        let environment = environment(&found, &endpoints, &h2)?;
        let mut config = envoy_config::build(&found, &environment);
        for report in &config.reports {
            eprintln!("{name}: {report}");
            good &= !report.kind.is_error();
        }
        for (listener, address) in &listen {
            envoy::move_listener(&mut config.listeners, listener, *address);
        }
        let bootstrap = envoy::standalone(&config.listeners, &config.routes, &config.clusters);
        print!("---\n# {name}\n{}", files::yaml(&bootstrap)?);
    }
    Ok(good)
}

/// Whatever the Proxy names exists: its Services where they were said to be, its Secrets with a new certificate each.
fn environment(
    proxy: &Proxy,
    endpoints: &BTreeMap<String, SocketAddr>,
    h2: &[String],
) -> Result<Environment, Error> {
    let mut environment = Environment::default();
    let named = references(proxy);
    for (service, port) in named.services {
        let key = format!("{}/{}:{port}", service.namespace, service.name);
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        environment.services.entry(service).or_default().push(ServicePort {
            port,
            protocol: if h2.contains(&key) { UpstreamProtocol::Http2 } else { UpstreamProtocol::Http1 },
            endpoints: vec![endpoints.get(&key).copied().unwrap_or(nobody)],
            upstream_ca: None,
        });
    }
    for (secret, names) in named.secrets {
        environment.secrets.insert(secret, Certificate::for_names(&names)?.secret);
    }
    Ok(environment)
}
