//! The objects of a cluster, each version of them, and what has been written.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// What the server knows, by its path segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Ingress,
    Proxy,
    Service,
    Secret,
    EndpointSlice,
    Lease,
    Event,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ingress,
        Self::Proxy,
        Self::Service,
        Self::Secret,
        Self::EndpointSlice,
        Self::Lease,
        Self::Event,
    ];
    /// What the controller watches.
    pub(crate) const WATCHED: [Self; 5] =
        [Self::Ingress, Self::Proxy, Self::Service, Self::Secret, Self::EndpointSlice];

    pub(crate) const fn api_version(self) -> &'static str {
        match self {
            Self::Ingress => "networking.internal.knative.dev/v1alpha1",
            Self::Proxy => "gloo.solo.io/v1",
            Self::Service | Self::Secret => "v1",
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::Lease => "coordination.k8s.io/v1",
            Self::Event => "events.k8s.io/v1",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Proxy => "Proxy",
            Self::Service => "Service",
            Self::Secret => "Secret",
            Self::EndpointSlice => "EndpointSlice",
            Self::Lease => "Lease",
            Self::Event => "Event",
        }
    }

    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Ingress => "ingresses",
            Self::Proxy => "proxies",
            Self::Service => "services",
            Self::Secret => "secrets",
            Self::EndpointSlice => "endpointslices",
            Self::Lease => "leases",
            Self::Event => "events",
        }
    }
}

/// An object by kind, namespace and name.
pub(crate) type Key = (Kind, String, String);

pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) kind: Kind,
    pub(crate) r#type: &'static str,
    pub(crate) object: Arc<Value>,
}

/// Why a request is refused: status code, reason, message.
pub(crate) type Refused = (u16, &'static str, String);

#[derive(Default)]
pub(crate) struct Store {
    /// Shared with the history, since a Proxy may be large.
    pub(crate) objects: BTreeMap<Key, Arc<Value>>,
    pub(crate) version: u64,
    pub(crate) history: Vec<Change>,
    /// Versions up to this one can't be watched from any more.
    pub(crate) compacted: u64,
    /// How often each object has been written by requests.
    pub(crate) writes: BTreeMap<Key, usize>,
    /// Writes whose content was that of the last write of the object.
    pub(crate) repeated: Vec<Key>,
    /// A field that a status loses when it is stored, as one that a schema does not know does.
    pub(crate) pruned: Option<&'static str>,
    /// The same of the spec of a Proxy.
    pub(crate) pruned_of_proxies: Option<&'static str>,
    /// Bytes of JSON that a Proxy may have, as it is stored.
    pub(crate) max_proxy_bytes: Option<usize>,
    /// Applies that were refused, since they were made for another version than was stored.
    pub(crate) stale_applies: usize,
    last_written: HashMap<Key, Arc<Value>>,
    /// What a field manager applied last, for what it gives up.
    applied: HashMap<(Key, String), Arc<Value>>,
    /// The rest of lists that are being read page by page.
    pages: HashMap<String, (u64, Vec<Arc<Value>>)>,
}

impl Store {
    /// Creates an object or a new state of it, as its author does.
    pub(crate) fn put(&mut self, kind: Kind, mut object: Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let metadata = &object["metadata"];
        let key = (kind, text(&metadata["namespace"]), text(&metadata["name"]));
        if let Some(old) = self.objects.get(&key) {
            let generation = old["metadata"]["generation"].as_i64().unwrap();
            let is_new = old["spec"] != object["spec"];
            for field in ["uid", "creationTimestamp"] {
                object["metadata"][field] = old["metadata"][field].clone();
            }
            object["metadata"]["generation"] = json!(generation + i64::from(is_new));
            // Proxies have no subresource: whoever writes them writes their status too.
            if kind != Kind::Proxy
                && let Some(status) = old.get("status")
            {
                object["status"] = status.clone();
            }
        }
        if kind == Kind::Proxy {
            // To write the same again is the only way to have it back.
            self.forget_last_write(&key);
        }
        self.store(&key, object);
    }

    pub(crate) fn forget_last_write(&mut self, key: &Key) {
        self.last_written.remove(key);
    }

    pub(crate) fn delete(&mut self, key: &Key) {
        self.forget_last_write(key);
        self.applied.retain(|(applied, _), _| applied != key);
        let mut object = self.objects.remove(key).unwrap();
        self.version += 1;
        Arc::make_mut(&mut object)["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.history.push(Change { version: self.version, kind: key.0, r#type: "DELETED", object });
    }

    /// From now on what has happened so far can only be listed.
    pub(crate) fn lose_history(&mut self) {
        self.lose_history_before(self.version);
        self.pages.clear();
    }

    /// The same of what has happened up to a version.
    pub(crate) fn lose_history_before(&mut self, version: u64) {
        self.compacted = version;
        self.history.retain(|change| change.version > version);
    }

    /// A page of a list: `limit` objects at most, or what is left of the list of `token`.
    pub(crate) fn list(
        &mut self,
        kind: Kind,
        is_wanted: impl Fn(&Value) -> bool,
        limit: Option<usize>,
        token: Option<&String>,
    ) -> Result<Value, Refused> {
        let (version, mut items) = match token {
            Some(token) => self.pages.remove(token).ok_or_else(|| gone("the continue token is too old"))?,
            None => {
                let objects = self.objects.iter().filter(|(key, object)| key.0 == kind && is_wanted(object));
                (self.version, objects.map(|(_, object)| Arc::clone(object)).collect())
            }
        };
        let mut metadata = json!({"resourceVersion": version.to_string()});
        if let Some(limit) = limit.filter(|limit| *limit < items.len()) {
            let rest = items.split_off(limit);
            let token = format!("{version}-{}-{}", kind.plural(), rest.len());
            metadata["continue"] = json!(token);
            self.pages.insert(token, (version, rest));
        }
        let items: Vec<&Value> = items.iter().map(|item| &**item).collect();
        Ok(json!({
            "apiVersion": kind.api_version(), "kind": format!("{}List", kind.name()), "metadata": metadata, "items": items,
        }))
    }

    /// Creates a Lease, or replaces the version that `lease` names.
    pub(crate) fn write_lease(
        &mut self,
        key: &Key,
        lease: Value,
        is_new: bool,
    ) -> Result<Arc<Value>, Refused> {
        let known = self.objects.get(key).map(|known| known["metadata"]["resourceVersion"].clone());
        match known {
            None if !is_new => Err((404, "NotFound", "it is not there".to_owned())),
            Some(_) if is_new => Err((409, "AlreadyExists", "it is there".to_owned())),
            Some(known) if known != lease["metadata"]["resourceVersion"] => Err(conflict()),
            Some(_) | None => Ok(self.store(key, lease)),
        }
    }

    /// Creates an Event.
    pub(crate) fn create_event(&mut self, namespace: &str, mut event: Value) -> Arc<Value> {
        let prefix = event["metadata"]["generateName"].as_str().unwrap();
        // As the API server has it.
        assert!(prefix.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '-'), "{prefix}");
        let name = format!("{prefix}{}", self.version);
        event["metadata"]["name"] = json!(name);
        self.store(&(Kind::Event, namespace.to_owned(), name), event)
    }

    /// Server-side apply of a Proxy; a trial says what would be stored. Refused if it names another version than is stored.
    pub(crate) fn apply(
        &mut self,
        key: &Key,
        manager: &str,
        mut applied: Value,
        is_trial: bool,
    ) -> Result<Arc<Value>, Refused> {
        let known = self.objects.get(key).map(|known| &known["metadata"]["resourceVersion"]);
        let named = Some(&applied["metadata"]["resourceVersion"]).filter(|version| version.is_string());
        if named.is_some() && named != known {
            self.stale_applies += 1;
            return Err(conflict());
        }
        if let Some(metadata) = applied["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
        }
        let unknown = self.pruned_of_proxies.and_then(|field| applied["spec"].as_object_mut()?.remove(field));
        let applied = Arc::new(applied);
        let known = self.objects.get(key).map(Arc::clone).unwrap_or_else(|| {
            json!({"apiVersion": key.0.api_version(), "kind": key.0.name(), "metadata": {"namespace": key.1, "name": key.2}}).into()
        });
        let of_manager = (key.clone(), manager.to_owned());
        let given_up = self.applied.get(&of_manager);
        let mut object = json!({"metadata": known["metadata"]});
        for (name, value) in known.as_object().unwrap() {
            if !matches!(name.as_str(), "metadata" | "spec") {
                object[name] = value.clone();
            }
        }
        for field in ["/spec", "/metadata/labels", "/metadata/annotations"] {
            let (applied, given_up) = (fields(&applied, field), given_up.and_then(|it| fields(it, field)));
            let is_in = |fields: Option<&Map<_, _>>, name| fields.is_some_and(|it| it.contains_key(name));
            let mut result = Map::new();
            for (name, value) in fields(&known, field).into_iter().flatten() {
                if !is_in(applied, name) && !is_in(given_up, name) {
                    result.insert(name.clone(), value.clone());
                }
            }
            result.extend(applied.cloned().unwrap_or_default());
            put_at(&mut object, field, result);
        }
        if is_trial {
            return Ok(object.into());
        }
        if self.max_proxy_bytes.is_some_and(|most| object.to_string().len() > most) {
            return Err((500, "", "etcdserver: request is too large".to_owned()));
        }
        self.applied.insert(of_manager, Arc::clone(&applied));
        self.record(key, applied);
        if unknown.is_some() {
            // To write the same again is the only way to have it whole.
            self.forget_last_write(key);
        }
        Ok(self.store(key, object))
    }

    /// A JSON merge patch of a Proxy.
    pub(crate) fn merge_proxy(&mut self, key: &Key, patch: &Value) -> Result<Arc<Value>, Refused> {
        let mut object = self.found(key)?;
        if patch["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
            return Err(conflict());
        }
        merge(&mut object["spec"], &patch["spec"]);
        Ok(self.store(key, object))
    }

    /// A JSON merge patch of the status of an object, and of nothing else.
    pub(crate) fn patch_status(&mut self, key: &Key, patch: &Value) -> Result<Arc<Value>, Refused> {
        let mut object = self.found(key)?;
        if patch["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
            return Err(conflict());
        }
        merge(&mut object["status"], &patch["status"]);
        self.record(key, without_times(&object["status"]).into());
        if let Some(pruned) = self.pruned {
            object["status"].as_object_mut().unwrap().remove(pruned);
        }
        Ok(self.store(key, object))
    }

    /// A copy of an object, to be changed.
    fn found(&self, key: &Key) -> Result<Value, Refused> {
        let object = self.objects.get(key).ok_or((404, "NotFound", "it is not there".to_owned()))?;
        Ok(Value::clone(object))
    }

    /// Notes a write of `content`.
    fn record(&mut self, key: &Key, content: Arc<Value>) {
        *self.writes.entry(key.clone()).or_default() += 1;
        if self.last_written.insert(key.clone(), Arc::clone(&content)) == Some(content) {
            self.repeated.push(key.clone());
        }
    }

    /// Stores `object` as the newest version, unless it is what is stored already.
    fn store(&mut self, key: &Key, mut object: Value) -> Arc<Value> {
        let old = self.objects.get(key);
        if let Some(old) = old.filter(|old| ***old == object) {
            return Arc::clone(old);
        }
        let r#type = if old.is_some() { "MODIFIED" } else { "ADDED" };
        self.version += 1;
        let metadata = object["metadata"].as_object_mut().unwrap();
        let created = Timestamp::constant(1_767_225_600, 0) + SignedDuration::from_secs(self.version as i64);
        metadata.entry("uid").or_insert_with(|| json!(format!("uid-{}", self.version)));
        metadata.entry("creationTimestamp").or_insert_with(|| json!(created.to_string()));
        metadata.entry("generation").or_insert(json!(1));
        metadata.insert("resourceVersion".to_owned(), json!(self.version.to_string()));
        let object = Arc::new(object);
        self.objects.insert(key.clone(), Arc::clone(&object));
        let change = Change { version: self.version, kind: key.0, r#type, object: Arc::clone(&object) };
        self.history.push(change);
        object
    }
}

fn conflict() -> Refused {
    (409, "Conflict", "the object has been modified".to_owned())
}

pub(crate) fn gone(message: &str) -> Refused {
    (410, "Expired", message.to_owned())
}

fn fields<'a>(object: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    object.pointer(pointer).and_then(Value::as_object)
}

fn put_at(object: &mut Value, pointer: &str, value: Map<String, Value>) {
    let mut place = object;
    for name in pointer.trim_start_matches('/').split('/') {
        place = &mut place[name];
    }
    *place = Value::Object(value);
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    let mut members = match mem::take(target) {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    for (name, patch) in patch {
        if patch.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), patch);
        }
    }
    *target = Value::Object(members);
}

/// Times don't make a status another one.
fn without_times(status: &Value) -> Value {
    let mut status = status.clone();
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        condition["lastTransitionTime"] = Value::Null;
    }
    status
}
