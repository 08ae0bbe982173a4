//! What an Ingress's author finds with `kubectl describe`: Events (`events.k8s.io/v1`) where trouble begins and ends.
//!
//! An Event tells a change, never a retry. Nothing is remembered from one run to the next, so what is in trouble when a replica
//! begins to write is told once more. kube's `Recorder` was tried (5.0): where an Ingress is rejected once more for another reason it
//! only counts the Event with the first reason.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::{
    api::{core::v1::ObjectReference, events::v1::Event},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::Timestamp,
};
use knative_gloo_translate::{Code, Diagnostic, IngressReport, Outcome, Severity};
use knative_ingress_model::{Ingress, IngressRef};
use kube::{Api, Client, Resource, api::PostParams};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tracing::{Instrument, Span, debug, warn};

use crate::{Config, ErrorChain, room::NO_ROOM, telemetry::ObjectKind};

/// What Kubernetes allows a note.
const MAX_NOTE: usize = 1024;

/// How many Events may wait. What comes when so many do is left out: the log and the conditions have it.
const MAX_WAITING: usize = 256;

/// How long to wait between two Events.
const PAUSE: Duration = Duration::from_millis(200);

/// What may be wrong with an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Rejected,
    DomainConflict,
    UnusableCertificate,
}

impl Trouble {
    const ALL: [Self; 3] = [Self::Rejected, Self::DomainConflict, Self::UnusableCertificate];

    /// What a diagnostic of a report belongs to.
    const fn is_told_by(self, outcome: Outcome, diagnostic: &Diagnostic) -> bool {
        match self {
            Self::Rejected => {
                matches!(outcome, Outcome::Rejected) && matches!(diagnostic.severity, Severity::Error)
            }
            Self::DomainConflict => matches!(diagnostic.code, Code::DomainConflict),
            Self::UnusableCertificate => {
                matches!(diagnostic.code, Code::SecretNotFound | Code::UnusableSecret)
            }
        }
    }

    const fn reason(self, is_over: bool) -> &'static str {
        match (self, is_over) {
            (Self::Rejected, false) => "IngressRejected",
            (Self::Rejected, true) => "IngressAccepted",
            (Self::DomainConflict, false) => "DomainConflict",
            (Self::DomainConflict, true) => "DomainConflictResolved",
            (Self::UnusableCertificate, false) => "CertificateUnusable",
            (Self::UnusableCertificate, true) => "CertificateUsable",
        }
    }

    const fn end(self) -> &'static str {
        match self {
            Self::Rejected => "all its errors are gone",
            Self::DomainConflict => "no other Ingress has any of its hosts",
            Self::UnusableCertificate => "all its certificates can be used",
        }
    }
}

/// An Event, and the span of its Ingress.
pub(crate) type Announcement = (Event, Span);

/// What has been told of each Ingress that is in trouble.
pub(crate) struct Announcer {
    told: BTreeMap<IngressRef, BTreeMap<Trouble, String>>,
    events: mpsc::Sender<Announcement>,
    reporter: String,
    instance: String,
}

impl Announcer {
    /// And where its Events come out.
    pub(crate) fn new(config: &Config) -> (Self, mpsc::Receiver<Announcement>) {
        let (events, receiver) = mpsc::channel(MAX_WAITING);
        let reporter = config.field_manager.clone();
        let instance = config.lease.as_ref().map_or_else(|| reporter.clone(), |lease| lease.identity.clone());
        // As long as Kubernetes allows.
        let instance = prefix(&instance, 128).to_owned();
        (Self { told: BTreeMap::new(), events, reporter, instance }, receiver)
    }

    /// Tells what has begun, changed or ended, in the current span.
    pub(crate) fn announce(&mut self, ingress: &Ingress, report: &IngressReport) {
        let known = self.told.remove(&report.ingress).unwrap_or_default();
        let mut troubles = BTreeMap::new();
        for trouble in Trouble::ALL {
            let told = report.diagnostics.iter().filter(|found| trouble.is_told_by(report.outcome, found));
            let note = told.map(ToString::to_string).collect::<Vec<_>>().join("; ");
            match known.get(&trouble) {
                Some(_) if note.is_empty() => {
                    self.send(ingress, "Normal", trouble.reason(true), trouble.end())
                }
                Some(known) if *known == note => {}
                None if note.is_empty() => {}
                Some(_) | None => self.send(ingress, "Warning", trouble.reason(false), &note),
            }
            if !note.is_empty() {
                troubles.insert(trouble, note);
            }
        }
        if !troubles.is_empty() {
            self.told.insert(report.ingress.clone(), troubles);
        }
    }

    /// Tells, in the current span, that the Proxies have no room for an Ingress, and why; or, with `None`, that they have again.
    pub(crate) fn announce_room(&self, ingress: &Ingress, why: Option<&str>) {
        match why {
            Some(why) => self.send(ingress, "Warning", NO_ROOM, why),
            None => self.send(ingress, "Normal", "ProxyHasRoom", "there is room for it in the Proxies again"),
        }
    }

    /// An Ingress that goes tells nothing.
    pub(crate) fn forget(&mut self, ingress: &IngressRef) {
        self.told.remove(ingress);
    }

    /// Forgets all: another replica tells.
    pub(crate) fn clear(&mut self) {
        self.told.clear();
    }

    fn send(&self, ingress: &Ingress, r#type: &str, reason: &str, note: &str) {
        let regarding: ObjectReference = ingress.object_ref(&());
        let event = Event {
            metadata: ObjectMeta {
                generate_name: Some(generate_name(regarding.name.as_deref().unwrap_or_default())),
                namespace: regarding.namespace.clone(),
                ..ObjectMeta::default()
            },
            action: Some("Translate".to_owned()),
            event_time: Some(MicroTime(Timestamp::now())),
            note: Some(prefix(note, MAX_NOTE).to_owned()),
            reason: Some(reason.to_owned()),
            regarding: Some(regarding),
            reporting_controller: Some(self.reporter.clone()),
            reporting_instance: Some(self.instance.clone()),
            type_: Some(r#type.to_owned()),
            ..Event::default()
        };
        if self.events.try_send((event, Span::current())).is_err() {
            debug!(reason, "not told as an event, since too many wait");
        }
    }
}

/// Writes what comes out of an [`Announcer`], one by one, as long as it is polled. One that fails is not tried again: it is a hint, and what it says
/// is in the conditions.
pub(crate) async fn write_events(client: Client, config: Config, mut events: mpsc::Receiver<Announcement>) {
    while let Some((event, span)) = events.recv().await {
        let api = Api::<Event>::namespaced(
            client.clone(),
            event.metadata.namespace.as_deref().unwrap_or("default"),
        );
        let parameters = PostParams::default();
        let created = api.create(&parameters, &event).instrument(span.clone());
        let written = timeout(config.write_timeout, created).await;
        let written = written.unwrap_or_else(|late| Err(kube::Error::Service(late.into())));
        config.telemetry.metrics.count_write(ObjectKind::Event, written.as_ref().err());
        if let Err(error) = written {
            span.in_scope(|| warn!("an event could not be written: {}", ErrorChain(&error)));
        }
        sleep(PAUSE).await;
    }
}

/// What the API server makes a unique name from. It keeps 58 bytes of it, and takes a name that may end with a hyphen but not with a dot.
fn generate_name(object: &str) -> String {
    format!("{}-", prefix(object, 57).trim_end_matches(['.', '-']))
}

/// As much of `text` as fits into so many bytes.
fn prefix(text: &str, bytes: usize) -> &str {
    (0..=bytes).rev().find_map(|end| text.get(..end.min(text.len()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use knative_gloo_translate::{ClassFilter, Options, Translator};
    use serde_json::json;

    use super::*;

    fn ingress(name: &str, hosts: &[&str]) -> Ingress {
        let split =
            json!({"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100});
        serde_json::from_value(json!({
            "metadata": {"namespace": "team-a", "name": name, "uid": "1"},
            "spec": {"rules": [{"hosts": hosts, "http": {"paths": [{"splits": [split]}]}}]},
        }))
        .unwrap()
    }

    struct Testbed {
        translator: Translator,
        announcer: Announcer,
        events: mpsc::Receiver<Announcement>,
    }

    impl Testbed {
        fn new() -> Self {
            let (announcer, events) = Announcer::new(&Config::default());
            let translator = Translator::new(Options::default().with_class(ClassFilter::Any));
            Self { translator, announcer, events }
        }

        /// The Events of a change: type, reason and note of each.
        fn apply(&mut self, ingress: &Ingress) -> Vec<String> {
            for report in self.translator.apply(ingress).reports {
                self.announcer.announce(ingress, &report);
            }
            let mut told = Vec::new();
            while let Ok((event, _)) = self.events.try_recv() {
                let part = |part: &Option<String>| part.clone().unwrap();
                told.push(format!("{} {}: {}", part(&event.type_), part(&event.reason), part(&event.note)));
            }
            told
        }
    }

    #[test]
    fn event_is_emitted_once_for_start_change_and_end() {
        let mut testbed = Testbed::new();
        assert_eq!(testbed.apply(&ingress("shop", &["shop.example.com"])), [""; 0]);
        let first = testbed.apply(&ingress("shop", &["not a host"]));
        assert!(first.len() == 1 && first[0].starts_with("Warning IngressRejected: "), "{first:?}");
        assert!(first[0].contains("not a host"), "{first:?}");
        let mut labelled = ingress("shop", &["not a host"]);
        labelled.metadata.labels = Some([("a".to_owned(), "b".to_owned())].into());
        assert_eq!(testbed.apply(&labelled), [""; 0], "the same again");
        let other = testbed.apply(&ingress("shop", &["nor this"]));
        assert!(other.len() == 1 && other[0].contains("nor this"), "{other:?}");
        let over = testbed.apply(&ingress("shop", &["shop.example.com"]));
        assert_eq!(over, ["Normal IngressAccepted: all its errors are gone"]);
        let lost = testbed.apply(&ingress("other", &["shop.example.com", "other.example.com"]));
        assert!(lost.len() == 1 && lost[0].starts_with("Warning DomainConflict: "), "{lost:?}");
        let over = testbed.apply(&ingress("other", &["other.example.com"]));
        assert_eq!(over, ["Normal DomainConflictResolved: no other Ingress has any of its hosts"]);
    }

    #[test]
    fn event_names_are_valid_object_names() {
        assert_eq!(generate_name("shop"), "shop-");
        assert_eq!(generate_name("shop.example.com"), "shop.example.com-");
        let long = format!("{}.example.com", "a".repeat(56));
        assert_eq!(generate_name(&long), format!("{}-", "a".repeat(56)));
    }

    #[test]
    fn event_notes_and_queue_are_limited() {
        let mut testbed = Testbed::new();
        let host = "ä".repeat(3000);
        for report in testbed.translator.apply(&ingress("long", &[&host])).reports {
            testbed.announcer.announce(&ingress("long", &[&host]), &report);
        }
        let note = testbed.events.try_recv().unwrap().0.note.unwrap();
        assert!(note.len() <= MAX_NOTE, "{}", note.len());
        for number in 0..2 * MAX_WAITING {
            let bad = ingress(&format!("bad-{number}"), &["not a host"]);
            for report in testbed.translator.apply(&bad).reports {
                testbed.announcer.announce(&bad, &report);
            }
        }
        assert_eq!(testbed.events.len(), MAX_WAITING);
    }
}
