//! What happens to one Ingress among many that are held.

use std::hint::black_box;

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{Change, Options, ServiceRef, Services, Translator};
use knative_ingress_model::{Ingress, IngressSpec, keys};

use crate::mix::Mix;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new revision takes over.
    Changed,
    /// The object comes again as it is, as at every resynchronisation.
    Unchanged,
    /// The Ingress is removed.
    Removed,
    /// The older owner of a host is removed, so that the host falls to the Ingress.
    WonBack,
    /// The placeholder Service behind a mapped domain is removed.
    ServiceRemoved,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Changed, Self::Unchanged, Self::Removed, Self::WonBack, Self::ServiceRemoved];

    /// Whether it can happen to `ingress`.
    fn is_for(self, ingress: &Ingress) -> bool {
        match self {
            Self::Changed | Self::Unchanged | Self::Removed => true,
            Self::WonBack => Mix::rival(ingress, 1).is_some(),
            Self::ServiceRemoved => {
                let labels = ingress.metadata.labels.as_ref();
                labels.is_some_and(|labels| labels.contains_key(keys::DOMAIN_MAPPING_UID))
            }
        }
    }

    /// In a few words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "one change",
            Self::Unchanged => "one without a change",
            Self::Removed => "one removal",
            Self::WonBack => "a host won back",
            Self::ServiceRemoved => "a removed Service",
        }
    }
}

/// A translator that holds many Ingresses, of which some are subjects of one kind of event.
#[derive(Debug)]
pub struct Stage {
    translator: Translator,
    steps: Vec<Step>,
}

/// The event on one subject, and what is as before it then.
#[derive(Debug)]
enum Step {
    Apply { now: Box<Ingress>, next: Box<Ingress> },
    Remove(Box<Ingress>),
    RemoveService(Box<Service>),
}

/// How many subjects there are at most.
const SUBJECTS: usize = 64;

impl Stage {
    /// Sets `ingresses` up for `event`.
    pub fn new(event: Event, mix: &Mix, ingresses: &[Ingress]) -> Self {
        let options = match event {
            Event::Changed | Event::Unchanged | Event::Removed | Event::WonBack => Options::default(),
            Event::ServiceRemoved => {
                let services: Services = mix.services(ingresses.len()).into_iter().collect();
                Options::default().with_services(services)
            }
        };
        let mut translator = Translator::new(options);
        for ingress in ingresses {
            translator.apply(ingress);
        }
        let subjects: Vec<&Ingress> = ingresses.iter().filter(|ingress| event.is_for(ingress)).collect();
        // Strides over all of them: neighbours are neighbours in memory, too.
        let stride = subjects.len().div_ceil(SUBJECTS).max(1);
        let steps = subjects.into_iter().step_by(stride).filter_map(|subject| step(event, subject)).collect();
        let mut stage = Self { translator, steps };
        if event == Event::WonBack {
            stage.restore();
        }
        stage
    }

    /// How many events one round is.
    pub const fn subjects(&self) -> usize {
        self.steps.len()
    }

    /// Lets the event happen to each subject, and tells `seen` what it changed.
    pub fn perform(&mut self, mut seen: impl FnMut(Change)) {
        for step in &mut self.steps {
            seen(match step {
                Step::Apply { now, next } => {
                    std::mem::swap(now, next);
                    self.translator.apply(now)
                }
                Step::Remove(ingress) => self.translator.remove(&ingress.reference()),
                Step::RemoveService(service) => self.translator.remove_service(&reference(service)),
            });
        }
    }

    /// Makes everything as it was before [`perform`](Self::perform).
    pub fn restore(&mut self) {
        for step in &self.steps {
            match step {
                Step::Apply { .. } => {}
                Step::Remove(ingress) => {
                    black_box(self.translator.apply(ingress));
                }
                Step::RemoveService(service) => {
                    black_box(self.translator.apply_service(service));
                }
            }
        }
    }

    /// The translator, with everything in it.
    pub const fn translator(&self) -> &Translator {
        &self.translator
    }
}

fn step(event: Event, subject: &Ingress) -> Option<Step> {
    let subject = subject.clone();
    Some(match event {
        Event::Changed => {
            Step::Apply { next: Box::new(with_next_revision(subject.clone())), now: Box::new(subject) }
        }
        Event::Unchanged => Step::Apply { next: Box::new(subject.clone()), now: Box::new(subject) },
        Event::Removed => Step::Remove(Box::new(subject)),
        Event::WonBack => Step::Remove(Box::new(Mix::rival(&subject, 1)?)),
        Event::ServiceRemoved => {
            Step::RemoveService(Box::new(Mix::services_of(&subject).into_iter().next()?))
        }
    })
}

/// The same after the rollout of a new revision.
#[must_use]
pub fn with_next_revision(mut ingress: Ingress) -> Ingress {
    let IngressSpec { rules, .. } = &mut ingress.spec;
    let paths = rules.iter_mut().filter_map(|rule| rule.http.as_mut()?.paths.as_mut()).flatten();
    for split in paths.filter_map(|path| path.splits.as_mut()).flatten() {
        split.service_name.push('0');
        for (name, value) in &mut split.append_headers {
            if name == "Knative-Serving-Revision" {
                value.push('0');
            }
        }
    }
    ingress.metadata.generation = ingress.metadata.generation.map(|generation| generation + 1);
    ingress
}

fn reference(service: &Service) -> ServiceRef {
    let metadata = &service.metadata;
    ServiceRef::new(
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    )
}
