use std::{collections::BTreeMap, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::{Ingress, IngressKind, IngressSpec, keys};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{incremental::precedence::Precedence, stages::lower::tls};

/// What of an Ingress a later look at it needs: to see that nothing is new, and to work it out again when a Service changes.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The caller's own.
    Shared(Arc<Ingress>),
    /// The JSON of what is read of it, see [`Read`], which takes less than half the room of an Ingress. Nearly all are never looked
    /// at again.
    Packed(Box<str>),
}

/// What is read of an Ingress, but for its age and its reference, which are kept elsewhere, as [`Precedence`].
#[derive(Serialize)]
struct Read<'a> {
    annotations: BTreeMap<&'a String, &'a String>,
    labels: BTreeMap<&'a String, &'a String>,
    spec: &'a IngressSpec,
    unknown: BTreeMap<&'a str, &'a Value>,
}

/// The same, read back.
#[derive(Deserialize)]
struct Unpacked {
    annotations: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    spec: IngressSpec,
    unknown: Map<String, Value>,
}

/// How deep `serde_json` reads.
const MAX_DEPTH: usize = 127;

impl Source {
    pub(crate) fn of(ingress: &Ingress) -> Self {
        packed(ingress).map_or_else(|| Self::Shared(Arc::new(ingress.clone())), Self::Packed)
    }

    /// What `work` gives for the Ingress, whose age and reference are `precedence`. `None` would mean that what is packed can't be
    /// read.
    pub(crate) fn with<T>(&self, precedence: &Precedence, work: impl FnOnce(&Ingress) -> T) -> Option<T> {
        let json = match self {
            Self::Shared(ingress) => return Some(work(ingress)),
            Self::Packed(json) => json,
        };
        let Unpacked { annotations, labels, spec, unknown } = serde_json::from_str(json).ok()?;
        let Precedence { created, ingress } = precedence;
        Some(work(&Ingress {
            kind: ingress.kind,
            metadata: ObjectMeta {
                name: Some(ingress.name.clone()),
                namespace: Some(ingress.namespace.clone()),
                creation_timestamp: created.clone(),
                annotations: Some(annotations),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
            spec,
            unknown: unknown.into(),
            ..Ingress::default()
        }))
    }

    /// Whether an Ingress with `other`, of the same age, says nothing else.
    pub(crate) fn says(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Shared(one), Self::Shared(other)) => {
                annotations(one).eq(annotations(other))
                    && labels(one).eq(labels(other))
                    && one.unknown == other.unknown
                    && one.spec == other.spec
            }
            (Self::Packed(one), Self::Packed(other)) => one == other,
            (Self::Shared(ingress), Self::Packed(json)) | (Self::Packed(json), Self::Shared(ingress)) => {
                packed(ingress).is_some_and(|packed| packed == *json)
            }
        }
    }
}

/// `None` if it is nested so deep that it could not be read back, which only unknown fields can be.
fn packed(ingress: &Ingress) -> Option<Box<str>> {
    let json = serde_json::to_string(&Read {
        annotations: annotations(ingress).collect(),
        labels: labels(ingress).collect(),
        spec: &ingress.spec,
        unknown: ingress.unknown.iter().collect(),
    });
    // To count the brackets is quick, and nearly always enough.
    let brackets = |json: &String| json.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    json.ok()
        .filter(|json| brackets(json) <= MAX_DEPTH || depth(json) <= MAX_DEPTH)
        .map(String::into_boxed_str)
}

/// How deep `json` is nested.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The annotations that are read.
fn annotations(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    entries(ingress.metadata.annotations.as_ref())
        .filter(|(key, _)| *key == keys::INGRESS_CLASS || tls::reads_annotation(key))
}

/// The labels that are read: whose a ClusterIngress is.
fn labels(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    let labels = match ingress.kind {
        IngressKind::Ingress => None,
        IngressKind::ClusterIngress => ingress.metadata.labels.as_ref(),
    };
    entries(labels).filter(|(key, _)| *key == keys::ROUTE_NAMESPACE)
}

fn entries(map: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = (&String, &String)> {
    map.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
    use serde_json::json;

    use super::*;

    /// An Ingress with a field that nobody knows, of which `unknown` is the value.
    fn ingress(unknown: &Value) -> Ingress {
        let mut ingress: Ingress = serde_json::from_value(json!({
            "metadata": {"namespace": "team-a", "name": "shop", "uid": "1", "labels": {"of": "nobody"}, "annotations": {
                "networking.knative.dev/ingress.class": "some", "of": "nobody",
            }},
            "spec": {
                "rules": [
                    {"hosts": ["shop.example.com"], "http": {"paths": null}, "visibility": "\\\"]}"},
                    {"http": {"paths": [
                        {"splits": [], "timeout": "0s"},
                        {"splits": [{"serviceName": "a", "servicePort": "http"}, {"servicePort": 0, "percent": 1}]},
                    ]}},
                ],
                "httpOption": "",
            },
            "status": {"observedGeneration": 1},
        }))
        .unwrap();
        let fields = Map::from_iter([("field".to_owned(), unknown.clone())]);
        ingress.unknown = fields.clone().into();
        ingress.spec.rules[0].unknown = fields.into();
        ingress
    }

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1.5), |value, _| json!([value]))
    }

    fn precedence(ingress: &Ingress) -> Precedence {
        let created = Some(Time(Timestamp::from_second(1_767_225_600).unwrap()));
        Precedence { created, ingress: Arc::new(ingress.reference()) }
    }

    #[test]
    fn source_gives_back_what_is_read_of_an_ingress() {
        // As deep as can be read back, and deeper.
        for (depth, is_packed) in [(0, true), (9, true), (120, true), (123, true), (124, false), (300, false)]
        {
            let whole = ingress(&nested(depth));
            let source = Source::of(&whole);
            assert_eq!(matches!(source, Source::Packed(_)), is_packed, "{depth}");
            let precedence = precedence(&whole);
            let is_same = source.with(&precedence, |read| {
                assert_eq!((read.name(), read.namespace(), read.kind), ("shop", "team-a", whole.kind));
                assert!(!is_packed || read.metadata.creation_timestamp == precedence.created);
                let class: Vec<_> = annotations(read).collect();
                assert_eq!(class.len(), 1);
                class == annotations(&whole).collect::<Vec<_>>()
                    && read.spec == whole.spec
                    && read.unknown == whole.unknown
            });
            assert_eq!(is_same, Some(true), "{depth}");
        }
    }

    #[test]
    fn source_says_the_same_as_long_as_nothing_is_changed_that_is_read() {
        for unknown in [nested(0), nested(200)] {
            let whole = ingress(&unknown);
            let sources = [Source::of(&whole), Source::Shared(Arc::new(whole.clone()))];
            let says = |change: &dyn Fn(&mut Ingress)| {
                let mut changed = whole.clone();
                change(&mut changed);
                let changed = [Source::of(&changed), Source::Shared(Arc::new(changed))];
                let pairs = sources.iter().flat_map(|old| changed.iter().map(|new| old.says(new)));
                let pairs: Vec<bool> = pairs.collect();
                assert!(pairs.iter().all(|same| *same == pairs[0]), "{pairs:?}");
                pairs[0]
            };
            assert!(says(&|_| {}));
            assert!(says(&|ingress| ingress.metadata.labels = None));
            assert!(says(&|ingress| ingress.status.observed_generation = 2));
            assert!(says(&|ingress| ingress
                .metadata
                .annotations
                .as_mut()
                .unwrap()
                .remove("of")
                .unwrap()
                .clear()));
            assert!(!says(&|ingress| ingress.metadata.annotations = None));
            assert!(!says(&|ingress| ingress.unknown = Map::new().into()));
            assert!(!says(&|ingress| ingress.spec.rules[0].http = None));
            assert!(!says(&|ingress| ingress.spec.rules[0].http.as_mut().unwrap().paths = Some(Vec::new())));
        }
    }

    #[test]
    fn depth_is_that_of_brackets_outside_of_strings() {
        for (json, wanted) in [("1", 0), ("[]", 1), (r#"{"a":[{}],"b":{}}"#, 3), (r#"["[[\"[[","\\",[]]"#, 2)]
        {
            assert_eq!(depth(json), wanted, "{json}");
        }
    }
}
