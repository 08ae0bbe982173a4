use std::{ops::Range, sync::Arc};

use gloo_proxy_model::{ResourceRef, SslConfig, VirtualHost};

use crate::{Diagnostic, Gateways, Outcome, Scheme, ServiceRef};

/// What one Ingress asks for, worked out without a look at any other.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) outcome: Outcome,
    pub(crate) probe_hash: Option<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The hosts that it wants; empty where nobody asks who owns them.
    pub(crate) claims: Vec<Claim>,
    pub(crate) virtual_hosts: Vec<VirtualHostFragment>,
    pub(crate) certificates: Vec<Certificate>,
    /// The Services that it depends on, whether they are known or not; sorted.
    pub(crate) services: Vec<ServiceRef>,
}

/// A host that an Ingress wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The host, or `*`.
    pub(crate) host: Arc<str>,
    /// Where it wants it.
    pub(crate) gateways: Gateways,
    /// The field that asks for it.
    pub(crate) rule: usize,
    /// Index in the rule's hosts; `None` for a rule without hosts.
    pub(crate) index: Option<usize>,
}

impl Claim {
    /// The field that asks for the host.
    pub(crate) fn path(&self) -> String {
        match self.index {
            Some(index) => format!("spec.rules[{}].hosts[{index}]", self.rule),
            None => format!("spec.rules[{}].hosts", self.rule),
        }
    }
}

/// Index into [`Fragment::claims`].
pub(crate) type ClaimIndex = usize;

/// Some of an Ingress's claims, in order.
#[derive(Clone, Debug)]
pub(crate) enum ClaimSet {
    /// One after the other: those of a rule that shares no host.
    Run(Range<ClaimIndex>),
    /// Any.
    List(Vec<ClaimIndex>),
}

impl ClaimSet {
    pub(crate) fn iter(&self) -> impl Iterator<Item = ClaimIndex> {
        let (run, list) = match self {
            Self::Run(run) => (run.clone(), [].as_slice()),
            Self::List(list) => (0..0, list.as_slice()),
        };
        run.chain(list.iter().copied())
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Run(run) => run.len(),
            Self::List(list) => list.len(),
        }
    }
}

/// A virtual host as it is if no domain of it is lost.
#[derive(Clone, Debug)]
pub(crate) struct VirtualHostFragment {
    pub(crate) gateways: Gateways,
    pub(crate) scheme: Scheme,
    /// The hosts behind its domains, in their order; empty where nobody asks who owns them.
    pub(crate) claims: ClaimSet,
    pub(crate) virtual_host: Arc<VirtualHost>,
}

/// A certificate that an Ingress serves with.
#[derive(Clone, Debug)]
pub(crate) enum Certificate {
    /// For those of these hosts that the Ingress owns.
    Covering {
        /// The Secret.
        secret: ResourceRef,
        /// The hosts.
        claims: Vec<ClaimIndex>,
    },
    /// As the Ingress wrote it, whoever owns what.
    AsWritten {
        /// Where.
        gateways: Gateways,
        /// How.
        config: SslConfig,
    },
}

impl Fragment {
    /// The fragment of an Ingress that is in neither Proxy.
    pub(crate) fn without_output(outcome: Outcome, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            outcome,
            probe_hash: None,
            diagnostics,
            claims: Vec::new(),
            virtual_hosts: Vec::new(),
            certificates: Vec::new(),
            services: Vec::new(),
        }
    }
}
