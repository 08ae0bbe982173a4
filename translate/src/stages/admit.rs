//! Whether an Ingress is ours to translate, and whether it holds to Knative's contract.

use std::borrow::Cow;

use knative_ingress_model::{FieldError, FieldErrorKind, Ingress, IngressKind, keys};

use crate::{
    ClassFilter, Code, Outcome,
    check::name,
    diagnostics::{diagnostic::Diagnostics, field_path::FieldPath, quoted::Quoted},
    options::settings::Settings,
    stages::{fragment::Fragment, lower},
};

/// What `ingress` asks for, or why it gets nothing.
pub(crate) fn admit(ingress: &Ingress, settings: &Settings) -> Fragment {
    let mut diagnostics = Diagnostics::default();
    if !is_ours(ingress, &settings.class, &mut diagnostics) {
        return Fragment::without_output(Outcome::Skipped, diagnostics);
    }
    if settings.contract.validates {
        check_object(ingress, &mut diagnostics);
        // What nobody knows the owner of reserves nothing.
        let reserves_hosts = !diagnostics.has_errors();
        for error in ingress.validate_defaulted_across_namespaces() {
            report(&error, &mut diagnostics);
        }
        lower::lower(ingress, tenant(ingress), reserves_hosts, settings, diagnostics)
    } else {
        lower::lower(ingress, ingress.namespace(), true, settings, diagnostics)
    }
}

fn is_ours(ingress: &Ingress, filter: &ClassFilter, diagnostics: &mut Diagnostics) -> bool {
    let wanted = match filter {
        ClassFilter::Any => return true,
        ClassFilter::Named(wanted) => wanted,
    };
    let found =
        ingress.metadata.annotations.as_ref().and_then(|annotations| annotations.get(keys::INGRESS_CLASS));
    if found == Some(wanted) {
        return true;
    }
    let metadata = FieldPath::root("metadata");
    let annotations = metadata.field("annotations");
    let found = match found {
        Some(found) => Cow::Owned(format!("class {}", Quoted(found))),
        None => Cow::Borrowed("missing annotation"),
    };
    diagnostics.info(
        Code::OtherClass,
        annotations.key(keys::INGRESS_CLASS),
        format_args!(
            "{found}: expected {}, or `ClassFilter::Any` (`--class any`) for every class",
            Quoted(wanted)
        ),
    );
    false
}

/// The namespace that the Ingress belongs to: its own, or for a ClusterIngress that of its Route.
fn tenant(ingress: &Ingress) -> &str {
    match ingress.kind {
        IngressKind::Ingress => ingress.namespace(),
        IngressKind::ClusterIngress => ingress
            .metadata
            .labels
            .as_ref()
            .and_then(|labels| labels.get(keys::ROUTE_NAMESPACE))
            .map(String::as_str)
            .unwrap_or_default(),
    }
}

/// The names go into the names of virtual hosts, and an object without them is none that a cluster holds.
fn check_object(ingress: &Ingress, diagnostics: &mut Diagnostics) {
    let at = FieldPath::root("metadata");
    if !name::is_subdomain(ingress.name()) {
        let message = format_args!(
            "invalid object name {}: expected lower-case letters, digits, `-` and `.`, at most 253",
            Quoted(ingress.name())
        );
        diagnostics.error(Code::InvalidObjectName, at.field("name"), message);
    }
    let namespace = ingress.namespace();
    match ingress.kind {
        IngressKind::Ingress if !name::is_label(namespace) => {
            let message = format_args!(
                "invalid namespace {}: expected lower-case letters, digits and `-`, at most 63",
                Quoted(namespace)
            );
            diagnostics.error(Code::InvalidObjectName, at.field("namespace"), message);
        }
        IngressKind::ClusterIngress if !namespace.is_empty() => {
            let message = format_args!(
                "namespace {}: expected none, since a ClusterIngress is cluster-scoped",
                Quoted(namespace)
            );
            diagnostics.error(Code::InvalidObjectName, at.field("namespace"), message);
        }
        IngressKind::ClusterIngress if tenant(ingress).is_empty() => {
            let message = "missing: a ClusterIngress belongs to the namespace of its Route";
            let labels = at.field("labels");
            diagnostics.error(Code::MissingField, labels.key(keys::ROUTE_NAMESPACE), message);
        }
        IngressKind::Ingress | IngressKind::ClusterIngress => {}
    }
}

/// Reports an error of Knative's validation, one diagnostic for each field.
fn report(error: &FieldError, diagnostics: &mut Diagnostics) {
    let FieldError { kind, paths } = error;
    let (code, message) = match kind {
        FieldErrorKind::Missing => {
            (Code::MissingField, Cow::Borrowed("missing or empty: Knative requires it"))
        }
        FieldErrorKind::InvalidValue(found) => (Code::InvalidValue, Cow::Owned(Quoted(found).to_string())),
        FieldErrorKind::PercentTotal(total) => {
            (Code::PercentTotal, Cow::Owned(format!("the percentages total {total}: expected 100")))
        }
        // Not asked for: the check of backends knows what the options allow.
        FieldErrorKind::NamespaceMismatch => return,
    };
    for path in paths {
        if code == Code::InvalidValue {
            let wanted = if path == "spec.httpOption" { "Enabled or Redirected" } else { "0 to 100" };
            diagnostics.error(code, path, format_args!("invalid value {message}: expected {wanted}"));
        } else {
            diagnostics.error(code, path, &message);
        }
    }
}
