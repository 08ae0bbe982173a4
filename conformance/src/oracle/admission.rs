use knative_gloo_translate::ClassFilter;
use knative_ingress_model::{
    FieldErrorKind, HttpOption, Ingress, IngressKind, IngressRef, IngressSpec, Time, Visibility, keys,
};

use super::certificate::{self, Certificate};
use super::facts::Facts;
use super::name;
use super::rule::{self, Rule};

/// An Ingress that has hosts.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Whether it is served on them; else they are kept for it alone.
    pub(super) is_served: bool,
    pub(super) reference: IngressRef,
    pub(super) created: Option<Time>,
    pub(super) rules: Vec<Rule>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) redirected: bool,
    /// The hash that probes are answered with.
    pub(super) hash: Option<String>,
}

/// Whether an Ingress is served.
pub(super) enum Admission {
    Admitted(Box<Admitted>),
    /// Why, and what keeps its hosts all the same.
    Rejected(Vec<String>, Option<Box<Admitted>>),
    OtherClass,
}

/// Judges one Ingress by itself.
pub(super) fn admit(ingress: &Ingress, facts: &Facts<'_>) -> Admission {
    let Ingress { kind, metadata, spec, status: _, unknown: _ } = ingress;
    let annotation =
        metadata.annotations.as_ref().and_then(|annotations| annotations.get(keys::INGRESS_CLASS));
    match &facts.class {
        ClassFilter::Any => {}
        ClassFilter::Named(class) if annotation == Some(class) => {}
        ClassFilter::Named(_) => return Admission::OtherClass,
    }
    let label = metadata.labels.as_ref().and_then(|labels| labels.get(keys::ROUTE_NAMESPACE));
    let own = match kind {
        IngressKind::Ingress => ingress.namespace(),
        IngressKind::ClusterIngress => label.map(String::as_str).unwrap_or_default(),
    };
    let mut errors = Vec::new();
    if !name::is_rfc1123_subdomain(ingress.name()) {
        errors.push(format!("invalid metadata.name {:?}: expected an RFC 1123 subdomain", ingress.name()));
    }
    match kind {
        IngressKind::Ingress if !name::is_rfc1123_label(own) => {
            errors.push(format!("invalid metadata.namespace {own:?}: expected an RFC 1123 label"))
        }
        IngressKind::ClusterIngress if !ingress.namespace().is_empty() => {
            errors.push("invalid metadata.namespace of a ClusterIngress: expected none".to_owned());
        }
        IngressKind::ClusterIngress if own.is_empty() => {
            errors.push("missing label of a ClusterIngress: expected its namespace".to_owned());
        }
        IngressKind::Ingress | IngressKind::ClusterIngress => {}
    }
    let is_somebodys = errors.is_empty();
    validate(ingress, facts, &mut errors);
    if facts.too_large.contains(&ingress.reference()) {
        errors.push("too large: expected at most max_output_bytes".to_owned());
    }
    let IngressSpec { generation: _, tls, rules, visibility, http_option, unknown: _ } = spec;
    let whole = visibility.as_ref().filter(|word| !word.as_str().is_empty());
    if let Some(Visibility::Unknown(word)) = whole {
        errors.push(format!("invalid visibility {word:?}: expected ExternalIP or ClusterLocal"));
    }
    let rules = rules.iter().map(|each| rule::rule(each, whole, own, facts, &mut errors)).collect();
    let certificates = certificate::certificates(tls, metadata, own, facts, &mut errors);
    let is_served = errors.is_empty();
    let hash = facts.options.probe.then(|| {
        let mut defaulted = ingress.clone();
        defaulted.set_defaults();
        defaulted.hash()
    });
    let admitted = Box::new(Admitted {
        is_served,
        reference: ingress.reference(),
        created: metadata.creation_timestamp.clone(),
        rules,
        certificates,
        redirected: *http_option == Some(HttpOption::Redirected),
        hash,
    });
    if is_served {
        Admission::Admitted(admitted)
    } else {
        Admission::Rejected(errors, is_somebodys.then_some(admitted))
    }
}

/// Knative's own validation. It stops a path at its first bad split, so backends in other namespaces, which are not for it to
/// judge, must not stand in its way.
fn validate(ingress: &Ingress, facts: &Facts<'_>, errors: &mut Vec<String>) {
    let mut found = ingress.validate_defaulted();
    let foreign = found.iter().any(|error| error.kind == FieldErrorKind::NamespaceMismatch);
    if foreign && facts.options.allow_foreign_backends {
        let mut at_home = ingress.clone();
        let own = ingress.namespace().to_owned();
        let paths =
            at_home.spec.rules.iter_mut().flat_map(|rule| &mut rule.http).flat_map(|http| &mut http.paths);
        for split in paths.flatten().flat_map(|path| &mut path.splits).flatten() {
            if !split.service_namespace.is_empty() {
                split.service_namespace.clone_from(&own);
            }
        }
        found = at_home.validate_defaulted();
    }
    errors.extend(found.iter().map(ToString::to_string));
}

impl Admitted {
    /// The order in which Ingresses get a host that several claim: the least gets it.
    pub(super) fn rank(&self) -> (bool, Option<&Time>, &IngressRef) {
        (self.created.is_none(), self.created.as_ref(), &self.reference)
    }
}
