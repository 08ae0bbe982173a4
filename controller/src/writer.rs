//! The two kinds of writes.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use gloo_proxy_model::SpecCompressor;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::Gateway;
use knative_ingress_model::{Ingress, IngressRef, IngressStatus};
use kube::{
    Api, Client, Error, Resource,
    api::{Patch, PatchParams, Request},
};
use serde_json::{Map, Value, json};
use tokio::task::{JoinError, spawn_blocking};

use crate::{
    Config,
    desired::{Desired, FormLimits},
    room::is_refused_for_size,
    serves::serves,
    share::Age,
    stored_proxy::StoredProxy,
};

/// How a write ended.
pub(crate) enum Written {
    Proxy {
        gateway: Gateway,
        desired: Arc<Desired>,
        revision: u64,
        answer: Result<StoredProxy, Error>,
    },
    /// The Proxy had to be read first.
    NothingYet {
        gateway: Gateway,
        answer: Result<Option<StoredProxy>, Error>,
    },
    /// It was looked at first which Ingresses it has room for.
    Searched {
        gateway: Gateway,
        /// The state of the Ingresses, as their number of changes.
        changes: u64,
        /// The oldest one without room.
        found: Result<Option<Age>, JoinError>,
    },
    Status {
        ingress: IngressRef,
        desired: Box<IngressStatus>,
        answer: Result<Box<Ingress>, Error>,
    },
}

/// Server-side apply: what others have written into other fields stays, and what we gave up goes. Of the spec nothing of
/// others stays: where Gloo's translator, or a run of another field manager, left `listeners` beside our `compressedSpec` or the
/// other way round, Gloo would read one and everybody would pay for both.
///
/// Where the definition lacks a field, an apply loses it without a word, even one that is validated strictly; all of the
/// spec if it is compressed. So unless the cluster `is_known` to hold what is applied, it first has to say what it would hold,
/// and what is served so far stays if that is something else.
pub(crate) fn apply_proxy(
    client: &Client,
    config: &Config,
    gateway: Gateway,
    desired: Arc<Desired>,
    (form, compressor): (FormLimits, Arc<Mutex<SpecCompressor>>),
    revision: u64,
    is_known: bool,
) -> BoxFuture<'static, Written> {
    let (client, namespace) = (client.clone(), config.options.proxy_namespace.clone());
    let manager = config.field_manager.clone();
    let timeout = config.write_timeout;
    async move {
        let proxy = Arc::clone(&desired);
        let apply = async {
            let name = gateway.proxy_name();
            let parameters = PatchParams::apply(&manager).force();
            let merging = PatchParams { field_manager: Some(manager), ..PatchParams::default() };
            // To compress a large one takes long, and all else would wait.
            let proxy = spawn_blocking(move || proxy.to_stored(form, &compressor)).await;
            let mut proxy = proxy.map_err(|error| Error::Service(error.into()))??;
            // The definition may know one form and not the other.
            let is_same_form = desired.is_compressed() == form.is_compressed;
            if !is_known || !is_same_form {
                let trial = apply(&client, &namespace, name, &parameters.clone().dry_run(), &proxy).await?;
                if !desired.read(trial).is_some_and(|trial| serves(&trial, &desired)) {
                    return Err(Error::Service("the cluster would hold something else".into()));
                }
            }
            let api = Api::<StoredProxy>::namespaced(client.clone(), &namespace);
            let answer = apply(&client, &namespace, name, &parameters, &proxy).await;
            let applied = match answer {
                // What is stored in the other form counts too until it is gone. So it is replaced first, and then taken over.
                Err(error)
                    if is_refused_for_size(&error)
                        && !is_same_form
                        && proxy.metadata.resource_version.is_some() =>
                {
                    let replaced = api.patch(name, &merging, &Patch::Merge(&replacement(&proxy)?)).await?;
                    proxy.metadata.resource_version = replaced.metadata.resource_version;
                    apply(&client, &namespace, name, &parameters, &proxy).await?
                }
                answer => answer?,
            };
            let foreign = desired.foreign_fields(&applied)?;
            if foreign.is_empty() {
                return Ok(applied);
            }
            let nulls: Map<_, _> = foreign.into_iter().map(|field| (field, Value::Null)).collect();
            let version = applied.metadata.resource_version;
            let patch = json!({"metadata": {"resourceVersion": version}, "spec": nulls});
            api.patch(name, &merging, &Patch::Merge(&patch)).await
        };
        let answer = within(timeout, apply).await;
        Written::Proxy { gateway, desired, revision, answer }
    }
    .boxed()
}

/// As [`Api::patch`] does it, but the text of the spec is neither read nor copied more often than it has to be.
async fn apply(
    client: &Client,
    namespace: &str,
    name: &str,
    parameters: &PatchParams,
    proxy: &StoredProxy,
) -> Result<StoredProxy, Error> {
    let requests = Request::new(StoredProxy::url_path(&(), Some(namespace)));
    let nothing = Patch::Apply(());
    let mut request = requests.patch(name, parameters, &nothing).map_err(Error::BuildRequest)?;
    *request.body_mut() = proxy.to_json().map_err(Error::SerdeError)?;
    let answer = client.request_text(request).await?;
    StoredProxy::read(&answer, proxy.spec.as_ref()).map_err(Error::SerdeError)
}

/// The merge patch that leaves nothing of the other form beside the spec of `proxy`.
fn replacement(proxy: &StoredProxy) -> Result<Value, Error> {
    let mut spec: Map<_, _> = serde_json::from_str(proxy.spec_text()).map_err(Error::SerdeError)?;
    for form in ["listeners", "compressedSpec"] {
        spec.entry(form).or_insert(Value::Null);
    }
    let ObjectMeta { resource_version, annotations, .. } = &proxy.metadata;
    Ok(json!({"metadata": {"resourceVersion": resource_version, "annotations": annotations}, "spec": spec}))
}

/// Asks for the Proxy as it is stored.
pub(crate) fn read_proxy(client: &Client, config: &Config, gateway: Gateway) -> BoxFuture<'static, Written> {
    let api = Api::<StoredProxy>::namespaced(client.clone(), &config.options.proxy_namespace);
    let timeout = config.write_timeout;
    async move {
        let answer = within(timeout, api.get_opt(gateway.proxy_name())).await;
        Written::NothingYet { gateway, answer }
    }
    .boxed()
}

/// A merge patch, which can also remove what an older release left; and only if nobody has changed `current` since: a status is
/// written for the very state that was read.
pub(crate) fn patch_status(
    client: &Client,
    config: &Config,
    current: &Ingress,
    desired: IngressStatus,
) -> BoxFuture<'static, Written> {
    let patch = json!({
        "metadata": {"resourceVersion": current.metadata.resource_version},
        "status": merge_patch(&json!(current.status), &json!(desired)),
    });
    let ingress = current.reference();
    let api = Api::<Ingress>::namespaced(client.clone(), &ingress.namespace);
    let parameters =
        PatchParams { field_manager: Some(config.field_manager.clone()), ..PatchParams::default() };
    let timeout = config.write_timeout;
    async move {
        let answer =
            within(timeout, api.patch_status(&ingress.name, &parameters, &Patch::Merge(&patch))).await;
        Written::Status { ingress, desired: Box::new(desired), answer: answer.map(Box::new) }
    }
    .boxed()
}

async fn within<T>(timeout: Duration, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(timeout, request).await.unwrap_or_else(|late| Err(Error::Service(late.into())))
}

/// The JSON merge patch (RFC 7386) that makes `new` of `old`, with all that `new` holds.
fn merge_patch(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let stays = new
        .iter()
        .map(|(key, value)| (key.clone(), merge_patch(old.get(key).unwrap_or(&Value::Null), value)));
    Value::Object(gone.chain(stays).collect::<Map<_, _>>())
}
