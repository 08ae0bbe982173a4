use std::{borrow::Cow, ops::Range, sync::Arc};

use gloo_proxy_model::{ResourceRef, SslConfig, VirtualHost};
use indexmap::IndexMap;

use crate::{
    Gateways, Outcome, RouteSources, Scheme, SecretRef, ServiceRef, diagnostics::diagnostic::Diagnostics,
};

/// What one Ingress asks for, worked out without a look at any other.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) outcome: Outcome,
    pub(crate) probe_hash: Option<String>,
    pub(crate) diagnostics: Diagnostics,
    /// The hosts that it wants, also if it is rejected: they stay reserved. Empty where nobody asks who owns them.
    pub(crate) claims: ClaimList,
    pub(crate) virtual_hosts: Vec<VirtualHostFragment>,
    pub(crate) certificates: Vec<Certificate>,
    /// The Services that it depends on, whether they are known or not; sorted.
    pub(crate) services: Vec<ServiceRef>,
    /// The Secrets that it depends on, whether they are known or not; sorted.
    pub(crate) secrets: Vec<SecretRef>,
}

/// A host that an Ingress wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    /// The host, or `*`; a part of what the Ingress says, where it is written as it counts.
    pub(crate) host: Cow<'a, str>,
    /// Where it wants it.
    pub(crate) gateways: Gateways,
    /// The field that asks for it.
    pub(crate) rule: usize,
    /// Index in the rule's hosts; `None` for a rule without hosts.
    pub(crate) index: Option<usize>,
}

impl Claim<'_> {
    /// The field that asks for the host.
    pub(crate) fn path(&self) -> String {
        match self.index {
            Some(index) => format!("spec.rules[{}].hosts[{index}]", self.rule),
            None => format!("spec.rules[{}].hosts", self.rule),
        }
    }
}

/// Claims as they are kept: however many hosts there are, they are one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimList {
    hosts: Box<str>,
    list: Box<[ClaimSpan]>,
}

/// A [`Claim`] whose host is a part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ClaimSpan {
    host: Range<usize>,
    gateways: Gateways,
    rule: usize,
    index: Option<usize>,
}

impl ClaimList {
    pub(crate) fn of(claims: &[Claim<'_>]) -> Self {
        let mut hosts = String::with_capacity(claims.iter().map(|claim| claim.host.len()).sum());
        let mut list = Vec::with_capacity(claims.len());
        for Claim { host, gateways, rule, index } in claims {
            let start = hosts.len();
            hosts.push_str(host);
            let host = start..hosts.len();
            list.push(ClaimSpan { host, gateways: *gateways, rule: *rule, index: *index });
        }
        Self { hosts: hosts.into_boxed_str(), list: list.into_boxed_slice() }
    }

    /// The claims of an Ingress that is rejected: each host once, wherever a rule wants it.
    pub(crate) fn reserved(claims: Vec<Claim<'_>>) -> Self {
        let mut unique: IndexMap<Cow<'_, str>, Claim<'_>> = IndexMap::with_capacity(claims.len());
        for claim in claims {
            let gateways = claim.gateways;
            let known = unique.entry(claim.host.clone()).or_insert(claim);
            known.gateways = known.gateways.union(gateways);
        }
        Self::of(&unique.into_values().collect::<Vec<_>>())
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, index: ClaimIndex) -> Option<Claim<'_>> {
        self.list.get(index.0).and_then(|span| self.claim(span))
    }

    pub(crate) fn host(&self, index: ClaimIndex) -> Option<&str> {
        self.hosts.get(self.list.get(index.0)?.host.clone())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Claim<'_>> {
        self.list.iter().filter_map(|span| self.claim(span))
    }

    /// All claims, each with its index.
    pub(crate) fn indexed(&self) -> impl Iterator<Item = (ClaimIndex, Claim<'_>)> {
        self.list.iter().enumerate().filter_map(|(index, span)| Some((ClaimIndex(index), self.claim(span)?)))
    }

    fn claim(&self, span: &ClaimSpan) -> Option<Claim<'_>> {
        let ClaimSpan { host, gateways, rule, index } = span;
        let host = Cow::Borrowed(self.hosts.get(host.clone())?);
        Some(Claim { host, gateways: *gateways, rule: *rule, index: *index })
    }
}

/// Index into [`Fragment::claims`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClaimIndex(usize);

impl ClaimIndex {
    pub(crate) const fn get(self) -> usize {
        self.0
    }
}

impl From<usize> for ClaimIndex {
    fn from(index: usize) -> Self {
        Self(index)
    }
}

/// Some claims of an Ingress, or some of its rules, in order.
#[derive(Clone, Debug)]
pub(crate) enum Indices<I> {
    /// One after the other: the claims of a rule that shares no host.
    Run(Range<usize>),
    /// Any.
    List(Vec<I>),
}

impl<I: Copy + From<usize>> Indices<I> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = I> {
        let (run, list) = match self {
            Self::Run(run) => (run.clone(), [].as_slice()),
            Self::List(list) => (0..0, list.as_slice()),
        };
        run.map(I::from).chain(list.iter().copied())
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
    pub(crate) claims: Indices<ClaimIndex>,
    pub(crate) virtual_host: Arc<VirtualHost>,
    pub(crate) sources: RouteSources,
}

/// A Secret by namespace and name.
pub(crate) type SecretKey = (String, String);

pub(crate) fn key(secret: &ResourceRef) -> SecretKey {
    (secret.namespace.clone(), secret.name.clone())
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
    pub(crate) fn without_output(outcome: Outcome, diagnostics: Diagnostics) -> Self {
        Self {
            outcome,
            probe_hash: None,
            diagnostics,
            claims: ClaimList::default(),
            virtual_hosts: Vec::new(),
            certificates: Vec::new(),
            services: Vec::new(),
            secrets: Vec::new(),
        }
    }
}
