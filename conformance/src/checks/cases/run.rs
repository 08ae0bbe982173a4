use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::ServicePort;
use knative_gloo_translate::{ClassFilter, Options, Scheme};
use knative_ingress_model::IngressRef;

use super::schema::{BackendKind, BackendSpec, Case, Conversation, RequestStep, Step};
use super::shares;
use crate::checks::Failure;
use crate::testbed::backend::{App, Certificate};
use crate::testbed::client::{self, GrpcChannel, Protocol, Request, WebSocket};
use crate::testbed::cluster::{Cluster, REGEX_LIMIT};
use crate::testbed::{Exposed, Testbed, with_said};

/// Runs a case in a cluster, whose objects it replaces.
///
/// # Errors
/// Names the first step that does not come out as it should.
pub async fn run(cluster: &Cluster, case: &Case) -> Result<(), Failure> {
    let said = case.options.clone().with_regex_max_program_size(REGEX_LIMIT);
    let mut options = with_said(&Options::default(), said);
    options.class.get_or_insert(ClassFilter::Any);
    let mut testbed = Testbed::new(case.ingresses.clone(), options);
    for service in &case.services {
        testbed.services.push(Exposed {
            service: service.clone(),
            endpoints: BTreeMap::new(),
            upstream_ca: None,
        });
    }
    for backend in &case.backends {
        start(&mut testbed, backend).await?;
    }
    // Ingresses of later steps have their backends from the start.
    let later = case
        .steps
        .iter()
        .filter_map(|step| if let Step::Apply(ingresses) = step { Some(ingresses) } else { None });
    testbed.ingresses.extend(later.flatten().cloned());
    let missing = case.missing.iter().map(|name| reference(name)).collect::<Result<_, _>>()?;
    testbed.furnish(&missing).await?;
    testbed.ingresses.clone_from(&case.ingresses);
    cluster.replace(&testbed).await?;
    all_taken(cluster)?;
    for (index, step) in case.steps.iter().enumerate() {
        let number = index.saturating_add(1);
        let failed =
            |failure: Failure| Failure::because(format!("step {number}, {}: {failure}", describe(step)));
        take(cluster, &testbed, step).await.map_err(failed)?;
    }
    Ok(())
}

async fn take(cluster: &Cluster, testbed: &Testbed, step: &Step) -> Result<(), Failure> {
    match step {
        Step::Request(step) => ask(cluster, testbed, step).await,
        Step::Websocket(Conversation { host, via }) => {
            let address = cluster.address(via.gateway(), Scheme::Http);
            let answer = WebSocket::open(address, host, "/").await?.exchange("ping").await?;
            pong(&answer)
        }
        Step::Grpc(Conversation { host, via }) => {
            let address = cluster.address(via.gateway(), Scheme::Http);
            let answer =
                GrpcChannel::open(address, host).await?.ping_stream().await?.exchange("ping").await?;
            pong(&answer)
        }
        Step::Apply(ingresses) => {
            cluster.apply_all(ingresses.iter().cloned()).await?;
            all_taken(cluster)
        }
        Step::Remove(name) => {
            let ResourceRef { name, namespace, .. } = reference(name)?;
            cluster.remove(&IngressRef::new(namespace, name)).await?;
            all_taken(cluster)
        }
        Step::Outcome(wanted) => {
            for (name, wanted) in wanted {
                let ResourceRef { name, namespace, .. } = reference(name)?;
                let outcome = cluster.outcome();
                let report = outcome.report(&IngressRef::new(namespace, name));
                let seen = report.map(|report| report.outcome.to_string()).unwrap_or_default();
                if seen != *wanted {
                    let said = report.map(ToString::to_string).unwrap_or_default();
                    return Err(Failure::because(format!("{seen:?}, wanted {wanted:?}: {said}")));
                }
            }
            Ok(())
        }
    }
}

fn pong(answer: &str) -> Result<(), Failure> {
    if answer == "ping pong" {
        Ok(())
    } else {
        Err(Failure::because(format!("invalid answer {answer:?}: expected \"ping pong\"")))
    }
}

/// Both gateways must have taken what they were given; they serve it then. Knative's prober is not asked: it looks for
/// `/healthz`, which an Ingress without a path for everything does not serve.
fn all_taken(cluster: &Cluster) -> Result<(), Failure> {
    cluster.outcome().refusal().map_or(Ok(()), |refusal| Err(Failure::because(refusal)))
}

async fn ask(cluster: &Cluster, testbed: &Testbed, step: &RequestStep) -> Result<(), Failure> {
    let RequestStep { url, via, method, headers, http2, server_name, trust, repeat, expect } = step;
    let malformed = || Failure::because(format!("{url} is not a URL"));
    let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash).ok_or_else(malformed)?,
        None => (rest, "/"),
    };
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let mut request = Request::get(scheme.as_str(), host, path).to(cluster.address(via.gateway(), scheme));
    request.method.clone_from(method);
    request.server_name.clone_from(server_name);
    if *http2 {
        request = request.over(Protocol::Http2);
    }
    for (name, values) in headers {
        for value in values.values() {
            request = request.header(name, value);
        }
    }
    if let Some(secret) = trust {
        let certificate = testbed.certificates.get(&reference(secret)?);
        let certificate =
            certificate.ok_or_else(|| Failure::because(format!("no certificate in {secret}")))?;
        request = request.trusting(certificate.trust());
    }
    if expect.shares.is_empty() {
        expect.check(client::send(&request).await)
    } else {
        shares::check(&request, repeat.unwrap_or(200), &expect.shares).await
    }
}

async fn start(testbed: &mut Testbed, spec: &BackendSpec) -> Result<(), Failure> {
    let BackendSpec { service, port, name, app_protocol, kind, tls } = spec;
    let service = reference(service)?;
    let app = match kind {
        BackendKind::Echo => App::Echo,
        BackendKind::Timeout => App::Timeout,
        BackendKind::Retry => App::Retry { seen: AtomicBool::new(false) },
        BackendKind::WebSocket => App::WebSocket { suffix: "pong".to_owned() },
        BackendKind::Grpc => App::Grpc { suffix: " pong".to_owned() },
    };
    let service_port = ServicePort {
        port: *port,
        name: name.clone(),
        app_protocol: app_protocol.clone(),
        ..ServicePort::default()
    };
    let certificate =
        if *tls { Some(Certificate::for_names(&["backend.example.com".to_owned()])?) } else { None };
    Ok(testbed.add_backend(&service, service_port, app, certificate.as_ref()).await?)
}

fn reference(name: &str) -> Result<ResourceRef, Failure> {
    let (namespace, name) =
        name.split_once('/').ok_or_else(|| Failure::because(format!("{name}: wanted namespace/name")))?;
    Ok(ResourceRef::new(name, namespace))
}

fn describe(step: &Step) -> String {
    match step {
        Step::Request(step) => format!("{} {}", step.method, step.url),
        Step::Websocket(conversation) => format!("WebSocket {}", conversation.host),
        Step::Grpc(conversation) => format!("gRPC {}", conversation.host),
        Step::Apply(_) => "apply".to_owned(),
        Step::Remove(name) => format!("remove {name}"),
        Step::Outcome(_) => "outcome".to_owned(),
    }
}
