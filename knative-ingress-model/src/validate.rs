//! Knative's own validation: the same errors for the same fields as its webhook.
//!
//! Source: `ingress_validation.go` of knative/networking (August 2026).

use std::{collections::HashMap, fmt};

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::go_value::{GoValue, View};
use crate::{
    FieldError, FieldErrorKind, HttpIngressPath, HttpIngressRuleValue, HttpOption, Ingress,
    IngressBackendSplit, IngressKind, IngressRule, IngressSpec, IngressTls,
};

impl Ingress {
    /// The errors that Knative finds in this Ingress, sorted by message; empty when it is valid. A valid Ingress costs no
    /// allocation.
    ///
    /// Knative doesn't check hosts, paths, header names or the range of ports.
    ///
    /// ```
    /// use knative_ingress_model::Ingress;
    ///
    /// let ingress = Ingress::from_json(br#"{"spec": {"rules": [{"hosts": ["a.example.com"]}], "tls": [{"secretName": "a"}]}}"#)?;
    /// let errors = ingress.validate();
    /// assert_eq!(errors[0].to_string(), "missing field(s): spec.rules[0].http, spec.tls[0].secretNamespace");
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn validate(&self) -> Vec<FieldError> {
        self.validate_in(Defaults::AsIs, Backends::OfItsNamespace)
    }

    /// The result of [`validate`](Self::validate) after [`set_defaults`](Self::set_defaults), without changing or copying the Ingress.
    ///
    /// A rule without `http`, on which Knative's defaulting panics, is an ordinary error.
    pub fn validate_defaulted(&self) -> Vec<FieldError> {
        self.validate_in(Defaults::Applied, Backends::OfItsNamespace)
    }

    /// Like [`validate_defaulted`](Self::validate_defaulted), but allows backends in every namespace, for callers with a rule of
    /// their own. It never returns [`FieldErrorKind::NamespaceMismatch`]. Knative stops at the first backend in another
    /// namespace; this also finds the errors after it.
    pub fn validate_defaulted_across_namespaces(&self) -> Vec<FieldError> {
        self.validate_in(Defaults::Applied, Backends::OfAnyNamespace)
    }

    fn validate_in(&self, defaults: Defaults, backends: Backends) -> Vec<FieldError> {
        let namespace = match (self.kind, backends) {
            (IngressKind::Ingress, Backends::OfItsNamespace) => Some(self.namespace()),
            // A ClusterIngress has no namespace, and the rule is newer than the last release with ClusterIngress.
            (IngressKind::Ingress, Backends::OfAnyNamespace) | (IngressKind::ClusterIngress, _) => None,
        };
        let mut validator = Validator { defaults, namespace, errors: Vec::new(), by_kind: HashMap::new() };
        validator.spec(&self.spec);
        let mut errors = validator.errors;
        if !errors.is_empty() {
            for error in &mut errors {
                error.paths.sort();
                error.paths.dedup();
            }
            errors.sort_by_cached_key(|error| error.kind.to_string());
        }
        errors
    }
}

/// Whether to validate the Ingress as it is, or as after `set_defaults`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defaults {
    AsIs,
    Applied,
}

/// The backends that an Ingress may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backends {
    OfItsNamespace,
    OfAnyNamespace,
}

struct Validator<'a> {
    defaults: Defaults,
    namespace: Option<&'a str>,
    errors: Vec<FieldError>,
    /// Index into `errors`. There may be as many kinds as paths, because each wrong total is a kind of its own.
    by_kind: HashMap<FieldErrorKind, usize>,
}

/// A field path that becomes text only when there is an error.
#[derive(Clone, Copy)]
enum At<'a> {
    Spec,
    Field(&'a At<'a>, &'static str),
    Element(&'a At<'a>, &'static str, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec => f.write_str("spec"),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, name, index) => write!(f, "{parent}.{name}[{index}]"),
        }
    }
}

impl<'a> At<'a> {
    fn field(&'a self, name: &'static str) -> At<'a> {
        At::Field(self, name)
    }
}

impl Validator<'_> {
    fn error(&mut self, kind: FieldErrorKind, at: At<'_>) {
        let path = at.to_string();
        let known = self.by_kind.get(&kind).and_then(|index| self.errors.get_mut(*index));
        match known {
            Some(error) => error.paths.push(path),
            None => {
                self.by_kind.insert(kind.clone(), self.errors.len());
                self.errors.push(FieldError { kind, paths: vec![path] });
            }
        }
    }

    fn missing(&mut self, at: At<'_>) {
        self.error(FieldErrorKind::Missing, at);
    }

    fn spec(&mut self, spec: &IngressSpec) {
        // Fields that the current API doesn't have aren't validated.
        let IngressSpec { generation: _, tls, rules, visibility: _, http_option, unknown: _ } = spec;
        let at = At::Spec;
        if tls.is_empty() && rules.is_empty() && http_option.is_zero(View::Current) {
            return self.missing(at);
        }
        if rules.is_empty() {
            self.missing(at.field("rules"));
        }
        for (index, rule) in rules.iter().enumerate() {
            self.rule(rule, At::Element(&at, "rules", index));
        }
        for (index, tls) in tls.iter().enumerate() {
            self.tls(tls, At::Element(&at, "tls", index));
        }
        match http_option {
            None | Some(HttpOption::Enabled | HttpOption::Redirected) => {}
            Some(HttpOption::Unknown(word)) if word.is_empty() => {}
            Some(HttpOption::Unknown(word)) => {
                self.error(FieldErrorKind::InvalidValue(word.clone()), at.field("httpOption"));
            }
        }
    }

    fn tls(&mut self, tls: &IngressTls, at: At<'_>) {
        let IngressTls {
            hosts,
            secret_name,
            secret_namespace,
            server_certificate: _,
            private_key: _,
            unknown: _,
        } = tls;
        if hosts.is_empty() && secret_name.is_empty() && secret_namespace.is_empty() {
            return self.missing(at);
        }
        if secret_name.is_empty() {
            self.missing(at.field("secretName"));
        }
        if secret_namespace.is_empty() {
            self.missing(at.field("secretNamespace"));
        }
    }

    fn rule(&mut self, rule: &IngressRule, at: At<'_>) {
        let IngressRule { hosts, visibility, http, unknown: _ } = rule;
        let has_visibility = !visibility.is_zero(View::Current) || self.defaults == Defaults::Applied;
        if hosts.is_empty() && !has_visibility && http.is_none() {
            return self.missing(at);
        }
        let at_http = at.field("http");
        let Some(HttpIngressRuleValue { paths, unknown: _ }) = http else {
            return self.missing(at_http);
        };
        let paths = paths.as_deref().unwrap_or_default();
        if paths.is_empty() {
            self.missing(at_http.field("paths"));
        }
        for (index, path) in paths.iter().enumerate() {
            self.path(path, At::Element(&at_http, "paths", index));
        }
    }

    fn path(&mut self, path: &HttpIngressPath, at: At<'_>) {
        let HttpIngressPath {
            path,
            rewrite_host,
            headers,
            splits,
            append_headers,
            timeout: _,
            retries: _,
            unknown: _,
        } = path;
        let splits = splits.as_deref().unwrap_or_default();
        if splits.is_empty() {
            let is_empty =
                path.is_empty() && rewrite_host.is_empty() && headers.is_empty() && append_headers.is_empty();
            return self.missing(if is_empty { at } else { at.field("splits") });
        }
        let mut total = 0_i64;
        for (index, split) in splits.iter().enumerate() {
            // As in Knative, the errors after the first invalid split, and the total, go unreported.
            if !self.split(split, At::Element(&at, "splits", index)) {
                return;
            }
            total = total.saturating_add(split.percent);
        }
        // The default of a single one is 100.
        if total != 100 && !(splits.len() == 1 && total == 0) {
            self.error(FieldErrorKind::PercentTotal(total), at.field("splits"));
        }
    }

    fn split(&mut self, split: &IngressBackendSplit, at: At<'_>) -> bool {
        let IngressBackendSplit {
            service_namespace,
            service_name,
            service_port,
            percent,
            append_headers: _,
            unknown: _,
        } = split;
        let mut is_valid = true;
        if !(0..=100).contains(percent) {
            self.error(FieldErrorKind::InvalidValue(percent.to_string()), at.field("percent"));
            is_valid = false;
        }
        let has_port = *service_port != IntOrString::Int(0);
        // As in Knative, this covers an empty split too.
        if service_namespace.is_empty() && service_name.is_empty() && !has_port {
            self.missing(at);
            return false;
        }
        if service_namespace.is_empty() {
            self.missing(at.field("serviceNamespace"));
            is_valid = false;
        } else if self.namespace.is_some_and(|own| own != service_namespace) {
            self.error(FieldErrorKind::NamespaceMismatch, at.field("serviceNamespace"));
            is_valid = false;
        }
        if service_name.is_empty() {
            self.missing(at.field("serviceName"));
            is_valid = false;
        }
        if !has_port {
            self.missing(at.field("servicePort"));
            is_valid = false;
        }
        is_valid
    }
}
