//! What the steps of lowering go by, what they gather, and what one hands on to the next.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use gloo_proxy_model::Route;
use knative_ingress_model::{HttpIngressPath, Ingress, UnknownFields};

use super::reserved;
use crate::{
    Code, Gateways, Outcome, SecretRef, SecretVerdict, ServiceRef,
    check::host,
    diagnostics::{diagnostic::Diagnostics, field_path::FieldPath},
    inputs::services::KnownService,
    options::{dialect::DuplicateDomains, settings::Settings},
    stages::fragment::{Claim, ClaimIndex, ClaimList, Fragment, Indices},
};

/// What lowering an Ingress goes by, and what it has to say.
pub(crate) struct Lowering<'a> {
    pub(crate) ingress: &'a Ingress,
    pub(crate) settings: &'a Settings,
    /// Namespace to which the Ingress belongs; empty if it belongs to none, which is an error of its own.
    pub(crate) tenant: &'a str,
    /// Whether its name and namespace are such that its hosts can be kept from others.
    pub(crate) reserves_hosts: bool,
    pub(crate) diagnostics: Diagnostics,
    /// The Services that were looked up.
    pub(crate) services: BTreeSet<ServiceRef>,
    /// The Secrets that were looked up.
    pub(crate) secrets: BTreeSet<SecretRef>,
}

/// What is known of a Secret.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KnownSecret<'a> {
    /// No Secrets are given.
    Unknown,
    /// It is not among those given.
    Missing,
    /// It is.
    Found(&'a SecretVerdict),
}

impl<'a> Lowering<'a> {
    /// The fragment of an Ingress with errors: it claims its hosts all the same, each once, wherever a rule wants it.
    pub(crate) fn rejected(self, claims: Vec<Claim<'_>>) -> Fragment {
        let claims = match self.settings.contract.duplicate_domains {
            DuplicateDomains::OneOwner if self.reserves_hosts => ClaimList::reserved(claims),
            DuplicateDomains::OneOwner | DuplicateDomains::Emitted => ClaimList::default(),
        };
        self.reserving(claims)
    }

    /// The fragment of an Ingress with errors that keeps its `claims`.
    pub(crate) fn reserving(self, claims: ClaimList) -> Fragment {
        Fragment {
            virtual_hosts: reserved::virtual_hosts(self.ingress, &claims, self.settings),
            claims,
            services: self.services.into_iter().collect(),
            secrets: self.secrets.into_iter().collect(),
            ..Fragment::without_output(Outcome::Rejected, self.diagnostics)
        }
    }

    /// What is known of a Service, if Services are given.
    pub(crate) fn service(&mut self, service: &ServiceRef) -> Option<&'a KnownService> {
        let services = self.settings.options.services.as_ref()?;
        self.services.insert(service.clone());
        services.get(service)
    }

    /// What is known of a Secret.
    pub(crate) fn secret(&mut self, secret: SecretRef) -> KnownSecret<'a> {
        let Some(secrets) = &self.settings.options.secrets else { return KnownSecret::Unknown };
        let known = secrets.get(&secret).map_or(KnownSecret::Missing, KnownSecret::Found);
        self.secrets.insert(secret);
        known
    }

    /// The namespace of the in-cluster name `host`, if that is another tenant's.
    pub(crate) fn foreign_namespace<'h>(&self, host: &'h str) -> Option<&'h str> {
        let namespace = host::cluster_namespace(host, &self.settings.service_suffix)?;
        let is_foreign = self.is_foreign(namespace) && !self.settings.options.allow_foreign_cluster_hosts;
        is_foreign.then_some(namespace)
    }

    /// Whether requests for a full in-cluster name may be for `host`: if it is one, a wildcard above one, or `*`.
    ///
    /// A gateway as backend takes full in-cluster names alone, and none of these hosts has a gateway for a backend. So whatever
    /// tenants write, a request that a gateway sends to a gateway ends at a backend that is none.
    pub(crate) fn is_inside(&self, host: &str) -> bool {
        host == "*" || host::cluster_namespace(host, &self.settings.service_suffix).is_some()
    }

    /// Whether `namespace` is another tenant's.
    pub(crate) fn is_foreign(&self, namespace: &str) -> bool {
        namespace != self.tenant && !self.tenant.is_empty()
    }

    /// Reports fields that no release knows.
    pub(crate) fn unknown(&mut self, unknown: &UnknownFields, at: &FieldPath<'_>) {
        for (name, _) in unknown.iter() {
            self.unknown_field(at.field(name));
        }
    }

    pub(crate) fn unknown_field(&mut self, at: FieldPath<'_>) {
        let message = "no release of Knative knows this field; it has no effect";
        self.diagnostics.warning(Code::UnknownField, at, message);
    }

    /// Reports a field that the dialect ignores.
    pub(crate) fn ignored(&mut self, at: &FieldPath<'_>) {
        let message = format_args!("{} ignores this field", self.settings.options.dialect);
        self.diagnostics.warning(Code::IgnoredByDialect, at, message);
    }
}

/// A rule with its hosts and routes worked out.
#[derive(Debug)]
pub(crate) struct LoweredRule {
    /// Index in the spec.
    pub(crate) index: usize,
    pub(crate) gateways: Gateways,
    /// Which claims are its own.
    pub(crate) hosts: Range<usize>,
    /// One for each path.
    pub(crate) routes: Vec<Arc<Route>>,
    /// Whether they are right for every rule with these paths: nothing was to be said about this one, and no backend is a gateway,
    /// which some hosts may not have.
    pub(crate) are_routes_universal: bool,
}

impl LoweredRule {
    /// The paths that its routes are made of.
    pub(crate) fn paths<'a>(&self, ingress: &'a Ingress) -> &'a [HttpIngressPath] {
        let rule = ingress.spec.rules.get(self.index);
        rule.and_then(|rule| rule.http.as_ref()?.paths.as_deref()).unwrap_or_default()
    }
}

/// Index into the lowered rules of an Ingress, which leave out those without `http`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RulePlace(usize);

impl RulePlace {
    pub(crate) const fn get(self) -> usize {
        self.0
    }
}

impl From<usize> for RulePlace {
    fn from(place: usize) -> Self {
        Self(place)
    }
}

/// Hosts that the same rules serve.
#[derive(Debug)]
pub(crate) struct Group {
    /// Places of the rules, ascending.
    pub(crate) rules: Indices<RulePlace>,
    pub(crate) gateways: Gateways,
    /// The hosts, in the order in which the rules name them.
    pub(crate) claims: Indices<ClaimIndex>,
}
