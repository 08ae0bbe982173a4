//! What each way to write a Proxy costs a real API server, and what its watches cost.

use std::{
    error::Error,
    pin::pin,
    time::{Duration, Instant},
};

use benches::events::with_next_revision;
use futures_util::AsyncReadExt;
use hyper::Request;
use knative_gloo_conformance::testbed::kubernetes::{KubeApiServer, User};
use knative_gloo_translate::{Gateway, translate};
use knative_ingress_model::Ingress;
use kube::Client;
use serde::Deserialize;
use serde_json::{Value, json, to_value};
use tokio::task::JoinSet;

use super::{
    Form,
    floor::options,
    program::cpu,
    real::{create_namespaces, define},
    world::{GATEWAY_NAMESPACE, mix},
};

const PROXIES: &str = "/apis/gloo.solo.io/v1/namespaces/gloo-system/proxies";
const NAME: &str = "measured";
/// Asks for the metadata of an object and nothing else of it.
const METADATA_ALONE: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// How the new state of a Proxy is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Server-side apply, of the whole.
    Apply,
    /// A merge patch of the whole spec.
    Merge,
    /// The whole in the place of the whole.
    Replace,
    /// A JSON patch that replaces the spec.
    Spec,
    /// A JSON patch that replaces the virtual hosts that have changed.
    Hosts,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Apply => "server-side apply",
            Self::Merge => "merge patch",
            Self::Replace => "replacement",
            Self::Spec => "JSON patch of the spec",
            Self::Hosts => "JSON patch of the virtual host",
        }
    }
}

/// How much of a Proxy is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Metadata,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Whole => "the whole",
            Self::Metadata => "its metadata",
        }
    }
}

/// What a write costs, in the mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Milliseconds of CPU.
    api_server: f64,
    etcd: f64,
    /// Milliseconds until it is answered.
    answered: f64,
    sent: usize,
    received: usize,
}

/// One row: how it is written, what is answered, and who watches.
type Case = (Way, Part, Option<Part>);

/// What is measured of each form.
const CASES: [Case; 10] = [
    (Way::Apply, Part::Whole, None),
    (Way::Apply, Part::Metadata, None),
    (Way::Merge, Part::Whole, None),
    (Way::Replace, Part::Whole, None),
    (Way::Spec, Part::Whole, None),
    (Way::Spec, Part::Metadata, None),
    (Way::Hosts, Part::Whole, None),
    (Way::Hosts, Part::Metadata, None),
    (Way::Apply, Part::Whole, Some(Part::Whole)),
    (Way::Apply, Part::Whole, Some(Part::Metadata)),
];

/// Measures and prints all of them for the larger Proxy of so many Ingresses, writing for `budget` each.
pub(super) async fn ways(count: usize, form: Form, budget: Duration) -> Result<(), Box<dyn Error>> {
    let mut ingresses = mix().ingresses(count);
    let proxy = |ingresses: &[Ingress]| -> Result<Value, Box<dyn Error>> {
        let proxy = translate(ingresses, &options()).proxy(Gateway::Internal).clone();
        Ok(to_value(if form == Form::Compressed { proxy.compressed()? } else { proxy })?)
    };
    let mut states = vec![proxy(&ingresses)?];
    let changed = ingresses.get_mut(count / 2).ok_or("there is no Ingress")?;
    *changed = with_next_revision(changed.clone());
    states.push(proxy(&ingresses)?);
    let server = KubeApiServer::start().await?;
    let client = server.client(User::Admin).await?;
    define(&client).await?;
    create_namespaces(&client, [GATEWAY_NAMESPACE.to_owned()]).await?;
    println!(
        "{count} Ingresses, {}: the Proxy of the internal gateway has {} bytes",
        form.name(),
        states.first().map_or(0, |state| state.to_string().len()),
    );
    let target = Target { client, states };
    for case in CASES {
        let (way, answer, watched) = case;
        if way == Way::Hosts && form == Form::Compressed {
            continue;
        }
        let cost = target.measure(case, server.process_ids(), budget).await?;
        println!(
            "  {}, answered {}, {}: kube-apiserver {:.1} ms, etcd {:.1} ms, answered after {:.1} ms; sent {} bytes, received {}",
            way.name(),
            answer.name(),
            watched.map_or("without a watch".to_owned(), |part| format!("with a watch of {}", part.name())),
            cost.api_server,
            cost.etcd,
            cost.answered,
            cost.sent,
            cost.received,
        );
    }
    Ok(())
}

/// A Proxy in one of two states.
struct Target {
    client: Client,
    states: Vec<Value>,
}

impl Target {
    /// Writes for `budget`. The server's CPU time is that of both its programs.
    async fn measure(
        &self,
        (way, answer, watched): Case,
        (api_server, etcd): (Option<u32>, u32),
        budget: Duration,
    ) -> Result<Cost, Box<dyn Error>> {
        let api_server = api_server.ok_or("the API server has ended")?;
        // As the controller begins, whatever was before.
        let mut version = self.write(0, Way::Apply, Part::Metadata, None).await?.version;
        let mut watches = JoinSet::new();
        if let Some(part) = watched {
            watches.spawn(watch(self.client.clone(), part, version.clone()));
        }
        let before = (cpu(api_server)?, cpu(etcd)?);
        let (begin, mut answered) = (Instant::now(), Vec::new());
        let (mut sent, mut received) = (0, 0);
        while begin.elapsed() < budget {
            let sending = Instant::now();
            let written = self.write(answered.len() + 1, way, answer, Some(&version)).await?;
            answered.push(sending.elapsed().as_secs_f64() * 1e3);
            if written.version == version {
                return Err(format!("the {} has changed nothing", way.name()).into());
            }
            (version, sent, received) = (written.version, written.sent, written.received);
        }
        let each = |now: Duration, then| now.saturating_sub(then).as_secs_f64() * 1e3 / answered.len() as f64;
        let (api_server, etcd) = (each(cpu(api_server)?, before.0), each(cpu(etcd)?, before.1));
        answered.sort_by(f64::total_cmp);
        let answered = answered.get(answered.len() / 2).copied().unwrap_or(f64::NAN);
        Ok(Cost { api_server, etcd, answered, sent, received })
    }

    /// Makes the state of that number of what is stored, if that is still the one before it and has that version.
    async fn write(
        &self,
        number: usize,
        way: Way,
        answer: Part,
        version: Option<&String>,
    ) -> Result<Written, Box<dyn Error>> {
        let [state, other] = [number, number + 1].map(|number| self.states.get(number % self.states.len()));
        let (state, other) = (state.ok_or("no state")?, other.ok_or("no state")?);
        let mut whole = state.clone();
        let annotations = state.pointer("/metadata/annotations").cloned().unwrap_or_else(|| json!({}));
        let mut metadata = json!({"name": NAME, "annotations": annotations});
        if let (Some(version), Some(metadata)) = (version, metadata.as_object_mut()) {
            metadata.insert("resourceVersion".to_owned(), json!(version));
        }
        *whole.get_mut("metadata").ok_or("no metadata")? = metadata;
        let (method, media_type, body) = match way {
            Way::Apply => ("PATCH", "application/apply-patch+yaml", whole),
            Way::Merge => ("PATCH", "application/merge-patch+json", whole),
            Way::Replace => ("PUT", "application/json", whole),
            Way::Spec => {
                let spec = json!({"op": "replace", "path": "/spec", "value": state.get("spec")});
                ("PATCH", "application/json-patch+json", json!([expects(version), spec]))
            }
            Way::Hosts => ("PATCH", "application/json-patch+json", changes(state, other, version)),
        };
        let force = if way == Way::Apply { "&force=true" } else { "" };
        let accept = match answer {
            Part::Whole => "application/json",
            Part::Metadata => METADATA_ALONE,
        };
        let body = serde_json::to_vec(&body)?;
        let sent = body.len();
        let request = Request::builder()
            .method(method)
            .uri(format!("{PROXIES}/{NAME}?fieldManager=benchmark{force}"))
            .header("Content-Type", media_type)
            .header("Accept", accept)
            .body(body)?;
        let answer = self.client.request_text(request).await?;
        let Answer { metadata: Metadata { resource_version } } = serde_json::from_str(&answer)?;
        Ok(Written { version: resource_version, sent, received: answer.len() })
    }
}

/// What came of a write.
struct Written {
    version: String,
    sent: usize,
    received: usize,
}

#[derive(Deserialize)]
struct Answer {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
}

/// What makes a JSON patch conflict with any other version.
fn expects(version: Option<&String>) -> Value {
    json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version})
}

/// The JSON patch that makes `new` of `old`, of which only virtual hosts differ, if it has that version.
fn changes(new: &Value, old: &Value, version: Option<&String>) -> Value {
    let mut changes = vec![expects(version)];
    let list = |of: &'static str| {
        move |value: &Value| -> Vec<Value> {
            value.pointer(of).and_then(Value::as_array).cloned().unwrap_or_default()
        }
    };
    let (listeners, hosts) = (list("/spec/listeners"), list("/httpListener/virtualHosts"));
    for (at, (old, new)) in listeners(old).iter().zip(listeners(new)).enumerate() {
        for (host, (old, new)) in hosts(old).iter().zip(hosts(&new)).enumerate() {
            if *old != new {
                let path = format!("/spec/listeners/{at}/httpListener/virtualHosts/{host}");
                changes.push(json!({"op": "replace", "path": path, "value": new}));
            }
        }
    }
    Value::Array(changes)
}

/// Reads what a watch tells, for as long as it does.
async fn watch(client: Client, part: Part, version: String) {
    let accept = match part {
        Part::Whole => "application/json",
        Part::Metadata => METADATA_ALONE,
    };
    let path = format!("{PROXIES}?watch=1&resourceVersion={version}");
    let Ok(request) = Request::get(path).header("Accept", accept).body(Vec::new()) else { return };
    let Ok(events) = client.request_stream(request).await else { return };
    let (mut events, mut buffer) = (pin!(events), vec![0; 1 << 16]);
    while events.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
