//! What the fixtures hold is put into the API server, and read back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use fixtures::{INPUT, OUTPUT, contents, files};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use knative_gloo_manifests::{Limits, read};
use kube::core::Status;
use kube::{Client, Error};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::definitions::{define, definitions};
use crate::request::send;
use crate::server::{KubeApiServer, PATIENCE, POLL, User};

const LIST: &str = "tests/apiserver/not-held.txt";
const REGENERATE: &str =
    "INSTA_UPDATE=force cargo test -p knative-gloo-controller --test apiserver -- --ignored";

/// Each object of the fixtures is accepted with strict validation and read back as it was written, but for those that
/// `not-held.txt` lists with the server's reason, exactly.
///
/// Of those, what only has fields that today's Knative no longer knows is held by the definition that Knative had until 1.5.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn fixtures_round_trip_through_the_api_server() {
    let server = KubeApiServer::start().await;
    let cluster = Cluster { client: server.client(User::Admin).await, kinds: kinds() };
    define(&cluster.client).await;
    let objects = objects();
    let (mut held, mut lines, mut of_former_days) = (0, Vec::new(), Vec::new());
    for object in &objects {
        match cluster.hold(object).await {
            Ok(()) => held += 1,
            Err(reason) => {
                lines.push(format!("{object}: {reason}"));
                if reason.contains("unknown field") {
                    of_former_days.push(object);
                }
            }
        }
    }
    assert!(held > 1000, "{held} objects held");
    cluster.define_without_schema().await;
    for object in of_former_days {
        if let Err(reason) = cluster.hold(object).await {
            lines.push(format!("{object}, also until Knative 1.5: {reason}"));
        }
    }
    compare(&(lines.join("\n") + "\n"));
}

/// Compares, or with `INSTA_UPDATE=force` writes, the list of what can't be held.
fn compare(found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        fs::write(&path, found).unwrap();
    }
    let listed = fs::read_to_string(&path).unwrap_or_default();
    let (listed, found): (BTreeSet<_>, BTreeSet<_>) = (listed.lines().collect(), found.lines().collect());
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{LIST} isn't what was found. New: {new:#?}\nNo longer: {gone:#?}\nTo make it anew: {REGENERATE}"
    );
}

/// An object of a fixture.
struct Object {
    from: String,
    value: Value,
}

impl std::fmt::Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.value["metadata"]["name"].as_str().unwrap_or_default();
        write!(formatter, "{}: {} {name:?}", self.from, self.kind())
    }
}

impl Object {
    fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap_or_default()
    }

    fn namespace(&self) -> &str {
        self.value["metadata"]["namespace"].as_str().unwrap_or("default")
    }

    /// Where its kind is served.
    fn collection(&self, kinds: &[Kind]) -> Option<String> {
        let kind = kinds
            .iter()
            .find(|kind| self.value["apiVersion"] == kind.api_version && self.value["kind"] == kind.name)?;
        Some(format!("{}/namespaces/{}/{}", kind.root, encoded(self.namespace()), kind.plural))
    }
}

struct Kind {
    api_version: String,
    name: String,
    root: String,
    plural: String,
}

/// Those that the models define, and Services.
fn kinds() -> Vec<Kind> {
    let defined = definitions().map(|CustomResourceDefinition { spec, .. }| {
        let api_version = format!("{}/{}", spec.group, spec.versions[0].name);
        let (name, plural) = (spec.names.kind, spec.names.plural);
        Kind { root: format!("/apis/{api_version}"), api_version, name, plural }
    });
    let [api_version, name, root, plural] = ["v1", "Service", "/api/v1", "services"].map(str::to_owned);
    defined.into_iter().chain([Kind { api_version, name, root, plural }]).collect()
}

/// Every Ingress and Service of the inputs, every Proxy of the outputs and of the recordings; equal ones once.
fn objects() -> Vec<Object> {
    let mut objects = Vec::new();
    for folder in ["adversarial", "translate"] {
        for file in files(folder, INPUT).unwrap() {
            for document in read("-", &fs::read(&file.path).unwrap(), &Limits::default()) {
                let value = document.unwrap().into_value();
                if value["kind"] != "TranslateOptions" && value["kind"] != "Secret" {
                    objects.push(Object { from: format!("{folder}/{}", file.name), value });
                }
            }
        }
    }
    for file in files("translate", OUTPUT).unwrap() {
        for (dialect, section) in yaml(&contents(&file.path).unwrap()).as_object().unwrap() {
            for gateway in ["external", "internal"] {
                let from = format!("translate/{} {dialect} {gateway}", file.name);
                objects.push(Object { from, value: section[gateway].clone() });
            }
        }
    }
    for file in files("recorded/lower", ".yaml").unwrap() {
        let value = yaml(&fs::read_to_string(&file.path).unwrap())["proxy"].clone();
        objects.push(Object { from: format!("recorded/lower/{}", file.name), value });
    }
    let mut seen = BTreeSet::new();
    objects.retain(|object| seen.insert(object.value.to_string()));
    objects
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

struct Cluster {
    client: Client,
    kinds: Vec<Kind>,
}

impl Cluster {
    /// Writes the object, reads it back and deletes it. The error says what the server said, or what was changed.
    async fn hold(&self, object: &Object) -> Result<(), String> {
        let Some(collection) = object.collection(&self.kinds) else {
            return Err(format!("no definition of {}", object.value["apiVersion"]));
        };
        let namespace = json!({"metadata": {"name": object.namespace()}});
        match send(&self.client, "POST", "/api/v1/namespaces", &namespace).await {
            Err(Error::Api(status)) if status.reason == "AlreadyExists" => {}
            answer => drop(answer.map_err(|error| format!("its namespace: {}", reason(error)))?),
        }
        let given = without_what_the_server_sets(object.value.clone());
        let written =
            send(&self.client, "POST", &format!("{collection}?fieldValidation=Strict"), &given).await;
        let written = written.map_err(reason)?;
        let at = format!("{collection}/{}", encoded(written["metadata"]["name"].as_str().unwrap()));
        let difference = self.difference(object, &at, &given, written).await;
        send(&self.client, "DELETE", &at, &json!({})).await.unwrap();
        difference
    }

    async fn difference(
        &self,
        object: &Object,
        at: &str,
        given: &Value,
        mut written: Value,
    ) -> Result<(), String> {
        // A status that is a subresource is not written with the rest.
        if object.kind() == "Ingress" && given.get("status").is_some() {
            written["status"] = given["status"].clone();
            let status =
                send(&self.client, "PUT", &format!("{at}/status?fieldValidation=Strict"), &written).await;
            status.map_err(|error| format!("its status: {}", reason(error)))?;
        }
        let stored = without_what_the_server_sets(send(&self.client, "GET", at, &Value::Null).await.unwrap());
        let mut differences = Vec::new();
        // The server completes a Service.
        differ(given, &stored, "", object.kind() == "Service", &mut differences);
        if differences.is_empty() { Ok(()) } else { Err(differences.join(", ")) }
    }

    /// From Serving 0.16 to 1.5 Knative's definition named no fields, and kept them all.
    async fn define_without_schema(&self) {
        let mut definition = serde_json::to_value(&definitions()[0]).unwrap();
        definition["spec"]["versions"][0]["schema"] =
            json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        let name = definition["metadata"]["name"].as_str().unwrap();
        let at = format!(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}?fieldManager=test&force=true"
        );
        send(&self.client, "APPLY", &at, &definition).await.unwrap();
        let unknown = json!({
            "apiVersion": "networking.internal.knative.dev/v1alpha1",
            "kind": "Ingress",
            "metadata": {"name": "is-it-open", "namespace": "default"},
            "unknown": true,
        });
        let unknown = Object { from: String::new(), value: unknown };
        let give_up = Instant::now() + PATIENCE;
        while let Err(reason) = self.hold(&unknown).await {
            assert!(Instant::now() < give_up, "{reason}");
            sleep(POLL).await;
        }
    }
}

/// The same whatever the order in which the server found the causes.
fn reason(error: Error) -> String {
    let Error::Api(status) = error else { panic!("{error}") };
    let Status { message, reason, details, .. } = *status;
    let causes = details.map(|details| details.causes).unwrap_or_default();
    let mut causes: Vec<_> =
        causes.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    causes.sort();
    let text = if causes.is_empty() { message } else { format!("{reason}: {}", causes.join("; ")) };
    text.replace('\n', " ")
}

fn without_what_the_server_sets(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in
            ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"]
        {
            metadata.remove(field);
        }
        metadata.entry("namespace").or_insert_with(|| "default".into());
    }
    object
}

/// Names the fields in which `stored` isn't what was `given`.
fn differ(given: &Value, stored: &Value, at: &str, may_be_more: bool, differences: &mut Vec<String>) {
    match (given, stored) {
        (Value::Object(given), Value::Object(stored)) => {
            let names: BTreeSet<_> = given.keys().chain(stored.keys().filter(|_| !may_be_more)).collect();
            for name in names {
                match (given.get(name), stored.get(name)) {
                    (Some(given), Some(stored)) => {
                        differ(given, stored, &format!("{at}.{name}"), may_be_more, differences);
                    }
                    (Some(given), None) => differences.push(format!("{at}.{name}: {given} is gone")),
                    (None, stored) => differences.push(format!("{at}.{name}: {stored:?} has come")),
                }
            }
        }
        (Value::Array(given), Value::Array(stored)) if given.len() == stored.len() => {
            for (position, (given, stored)) in given.iter().zip(stored).enumerate() {
                differ(given, stored, &format!("{at}[{position}]"), may_be_more, differences);
            }
        }
        (given, stored) if given == stored => {}
        (given, stored) => differences.push(format!("{at}: {given} became {stored}")),
    }
}

/// A name as a part of a path.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(byte).collect()
}
