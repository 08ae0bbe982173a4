use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use gloo_proxy_model::{ResourceRef, SslConfig, VirtualHost};

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
    pub(crate) claims: Claimed,
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
pub(crate) struct Claimed {
    hosts: Box<str>,
    list: Box<[Kept]>,
}

/// A [`Claim`] whose host is a part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    host: Range<usize>,
    gateways: Gateways,
    rule: usize,
    index: Option<usize>,
}

impl Claimed {
    pub(crate) fn of(claims: &[Claim<'_>]) -> Self {
        let mut hosts = String::with_capacity(claims.iter().map(|claim| claim.host.len()).sum());
        let mut list = Vec::with_capacity(claims.len());
        for Claim { host, gateways, rule, index } in claims {
            let start = hosts.len();
            hosts.push_str(host);
            let host = start..hosts.len();
            list.push(Kept { host, gateways: *gateways, rule: *rule, index: *index });
        }
        Self { hosts: hosts.into_boxed_str(), list: list.into_boxed_slice() }
    }

    /// The claims of an Ingress that is rejected: each host once, wherever a rule wants it.
    pub(crate) fn reserved(claims: Vec<Claim<'_>>) -> Self {
        let mut place_of: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(claims.len());
        let mut unique: Vec<Claim<'_>> = Vec::with_capacity(claims.len());
        for claim in claims {
            match place_of.get(&claim.host).and_then(|place| unique.get_mut(*place)) {
                Some(known) => known.gateways = known.gateways.union(claim.gateways),
                None => {
                    place_of.insert(claim.host.clone(), unique.len());
                    unique.push(claim);
                }
            }
        }
        Self::of(&unique)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, index: ClaimIndex) -> Option<Claim<'_>> {
        self.list.get(index).and_then(|kept| self.claim(kept))
    }

    pub(crate) fn host(&self, index: ClaimIndex) -> Option<&str> {
        self.hosts.get(self.list.get(index)?.host.clone())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Claim<'_>> {
        self.list.iter().filter_map(|kept| self.claim(kept))
    }

    fn claim(&self, kept: &Kept) -> Option<Claim<'_>> {
        let Kept { host, gateways, rule, index } = kept;
        let host = Cow::Borrowed(self.hosts.get(host.clone())?);
        Some(Claim { host, gateways: *gateways, rule: *rule, index: *index })
    }
}

/// Index into [`Fragment::claims`].
pub(crate) type ClaimIndex = usize;

/// Some of an Ingress's claims, or of its rules, in order.
#[derive(Clone, Debug)]
pub(crate) enum Indices {
    /// One after the other: what a rule has that shares no host.
    Run(Range<usize>),
    /// Any.
    List(Vec<usize>),
}

impl Indices {
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
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
    pub(crate) claims: Indices,
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
            claims: Claimed::default(),
            virtual_hosts: Vec::new(),
            certificates: Vec::new(),
            services: Vec::new(),
            secrets: Vec::new(),
        }
    }
}
