//! The simulator against the real Envoy: the same Proxies, the same requests, the same answers.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::ServicePort;
use knative_gloo_translate::{Gateway, Translation};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::generate::{self, Choices};
use crate::checks::Failure;
use crate::envoy_config::references;
use crate::http_model::GatewayRequest;
use crate::testbed::backend::{App, Certificate, Echo};
use crate::testbed::client::{self, ClientError, Response};
use crate::testbed::cluster::Cluster;
use crate::testbed::{Exposed, Testbed};
use knative_gloo_simulator::{
    Answer, Forward, NotServed, Request, SecretName, Share, Simulator, Transport, Verdict,
};

/// How many random sets tests and report ask.
pub const SETS: u64 = 300;

/// How many requests each of them is asked.
pub const REQUESTS: usize = 40;

/// What was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests that both answered, equally.
    pub equal: usize,
    /// Of these, how many reached a backend.
    pub forwarded: usize,
    /// Requests that a client cannot write down, that lead back to the gateway itself, or that have no time to be answered.
    pub skipped: usize,
}

/// Makes the set of Ingresses of a seed, and asks Envoy and the simulator for `requests` answers near its edges.
///
/// # Errors
/// At the first request that they answer differently.
pub async fn run(cluster: &Cluster, seed: u64, requests: usize) -> Result<Summary, Failure> {
    let mut choices = Choices::seeded(seed);
    let set = generate::case(&mut choices);
    let mut testbed = Testbed::new(set.ingresses.clone(), set.translate_options());
    for service in set.services.iter().flatten() {
        testbed.services.push(Exposed {
            service: service.clone(),
            endpoints: BTreeMap::new(),
            upstream_ca: None,
        });
    }
    testbed.furnish(&BTreeSet::new()).await?;
    cluster.replace(&testbed).await?;
    let translation = translation(cluster)?;
    if complete(&mut testbed, &translation).await? {
        cluster.replace(&testbed).await?;
    }
    let translation = self::translation(cluster)?;
    if let Some(refusal) = cluster.outcome().refusal() {
        return Err(Failure::because(format!("seed {seed}: {refusal}")));
    }
    let [external, internal] = Gateway::ALL.map(|gateway| Simulator::new(translation.proxy(gateway)));
    let mut summary = Summary::default();
    for _ in 0..requests {
        let request = generate::request(&set, &mut choices);
        let simulated = match request.gateway {
            Gateway::External => external.answer(&request.request),
            Gateway::Internal => internal.answer(&request.request),
        };
        if leads_back(&simulated) {
            summary.skipped = summary.skipped.saturating_add(1);
            continue;
        }
        match compare(&simulated, client::send(&to_client(cluster, &request)).await, &testbed) {
            Compared::Equal => summary.equal = summary.equal.saturating_add(1),
            Compared::Unanswerable => summary.skipped = summary.skipped.saturating_add(1),
            Compared::Different(envoy) => {
                return Err(Failure::because(format!(
                    "seed {seed}: {request:?}\n simulator: {simulated}\n     Envoy: {envoy}"
                )));
            }
        }
        if let Verdict::Forward(_) = simulated.verdict {
            summary.forwarded = summary.forwarded.saturating_add(1);
        }
    }
    Ok(summary)
}

fn translation(cluster: &Cluster) -> Result<std::sync::Arc<Translation>, Failure> {
    cluster.outcome().translation.ok_or_else(|| Failure::because("nothing was translated"))
}

/// What only the translation leads to: backends behind the targets of ExternalNames, and Secrets that annotations name.
async fn complete(testbed: &mut Testbed, translation: &Translation) -> Result<bool, Failure> {
    let [external, internal] = Gateway::ALL.map(|gateway| references(translation.proxy(gateway)));
    let mut added = false;
    for (secret, names) in external.secrets.into_iter().chain(internal.secrets) {
        if let Entry::Vacant(vacant) = testbed.certificates.entry(secret) {
            vacant.insert(Certificate::for_names(&names).or_else(|_| Certificate::for_names(&[]))?);
            added = true;
        }
    }
    for (service, port) in external.services.into_iter().chain(internal.services) {
        let number = i32::try_from(port).unwrap_or_default();
        let known = testbed.services.iter().find(|exposed| exposed.name() == service);
        if service.namespace != "gloo-system"
            && !known.is_some_and(|known| known.endpoints.contains_key(&number))
        {
            let port = ServicePort { port: number, name: Some("http".to_owned()), ..ServicePort::default() };
            testbed.add_backend(&service, port, App::Echo, None).await?;
            added = true;
        }
    }
    Ok(added)
}

/// Whether a gateway is the backend: the answer is then not the backend's, but the gateway's to another request.
fn leads_back(answer: &Answer) -> bool {
    match &answer.verdict {
        Verdict::Forward(forward) => {
            forward.backends.iter().any(|share| share.service.starts_with("gloo-system/"))
        }
        Verdict::NotServed(_) | Verdict::Redirect { .. } | Verdict::Direct(_) => false,
    }
}

fn to_client(cluster: &Cluster, asked: &GatewayRequest) -> client::Request {
    let GatewayRequest { gateway, request } = asked;
    let Request { transport, authority, method, path, headers } = request;
    let scheme = asked.scheme();
    let mut out =
        client::Request::get(scheme.as_str(), authority, path).to(cluster.address(*gateway, scheme));
    out.method.clone_from(method);
    out.headers.clone_from(headers);
    if let Transport::Tls { sni } = transport {
        // An address is no server name: none is sent.
        out.server_name = Some(sni.clone().unwrap_or_else(|| "127.0.0.1".to_owned()));
    }
    out
}

enum Compared {
    Equal,
    Unanswerable,
    Different(String),
}

fn compare(simulated: &Answer, envoy: Result<Response, ClientError>, testbed: &Testbed) -> Compared {
    let response = match (envoy, &simulated.verdict) {
        (Ok(response), _) => response,
        (Err(ClientError::Connect(_)), Verdict::NotServed(NotServed::NoListener))
        | (Err(ClientError::Tls(_)), Verdict::NotServed(NotServed::NoCertificate)) => return Compared::Equal,
        (Err(ClientError::Unsendable(_)), _) => return Compared::Unanswerable,
        (Err(error), _) => return Compared::Different(error.to_string()),
    };
    let status = response.status;
    if status == 504 && is_hasty(&simulated.verdict) {
        return Compared::Unanswerable;
    }
    let same = match &simulated.verdict {
        Verdict::NotServed(NotServed::NoHost | NotServed::NoRoute) => status == 404,
        Verdict::NotServed(NotServed::NoListener | NotServed::NoCertificate) => false,
        Verdict::Direct(wanted) => status == *wanted,
        Verdict::Redirect { status: wanted, location } => {
            status == *wanted && response.header("location").map(without_https_port) == Some(location.clone())
        }
        Verdict::Forward(forward) => status == 200 && is_forwarded(forward, &response),
    };
    if same && is_certificate(simulated.certificate.as_ref(), &response, testbed) {
        return Compared::Equal;
    }
    let body = String::from_utf8_lossy(&response.body);
    let location = response.header("location").unwrap_or_default();
    Compared::Different(format!("{status} {location} {body}"))
}

/// Whether its time limit is shorter than a backend may take.
fn is_hasty(verdict: &Verdict) -> bool {
    const SECOND: i64 = 1_000_000_000;
    match verdict {
        Verdict::Forward(forward) => {
            let each = forward.retries.and_then(|retries| retries.per_try_timeout);
            forward.timeout.into_iter().chain(each).any(|limit| limit < SECOND)
        }
        Verdict::NotServed(_) | Verdict::Redirect { .. } | Verdict::Direct(_) => false,
    }
}

/// A URL without the port that `https` has anyway: Envoy keeps it where the client wrote it.
fn without_https_port(location: &str) -> String {
    match location.strip_prefix("https://").and_then(|rest| rest.split_once('/')) {
        Some((host, path)) => format!("https://{}/{path}", host.strip_suffix(":443").unwrap_or(host)),
        None => location.to_owned(),
    }
}

/// Whether one of the shares is who answers, with all that it ought to see.
fn is_forwarded(forward: &Forward, response: &Response) -> bool {
    let Forward { host, path, timeout: _, retries: _, backends } = forward;
    let Ok(Echo { host: backend, request }) = serde_json::from_slice::<Echo>(&response.body) else {
        return false;
    };
    let seen: BTreeMap<String, Vec<String>> = request
        .headers
        .into_iter()
        .map(|(name, values)| (name.to_ascii_lowercase(), values))
        .filter(|(name, _)| !is_envoys(name))
        .collect();
    let is_seen = |share: &Share| {
        let mut wanted = share.headers.clone();
        wanted.retain(|name, _| !is_envoys(name));
        share.service == backend.name && wanted == seen
    };
    request.host == *host && request.uri == *path && backends.iter().any(is_seen)
}

/// Headers that Envoy adds of itself, and the hash that every backend of Knative's takes away.
fn is_envoys(name: &str) -> bool {
    name.starts_with("x-envoy-") || ["x-forwarded-proto", "x-request-id", "k-network-hash"].contains(&name)
}

fn is_certificate(wanted: Option<&SecretName>, response: &Response, testbed: &Testbed) -> bool {
    let Some(SecretName(secret)) = wanted else { return response.certificate.is_none() };
    let Some((namespace, name)) = secret.split_once('/') else { return false };
    let certificate = testbed.certificates.get(&ResourceRef::new(name, namespace));
    let wanted = certificate
        .and_then(|known| CertificateDer::from_pem_slice(known.secret.certificate.as_bytes()).ok());
    wanted.is_some() && wanted.as_deref() == response.certificate.as_deref()
}
