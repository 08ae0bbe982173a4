//! Which certificate is for which host of an Ingress.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use knative_ingress_model::HttpOption;

use super::{
    certificates::{Certificates, Listed, TlsPlan},
    context::{KnownSecret, Lowering},
    unreachable::UnreachableRoutes,
    virtual_hosts::{self, Https, ServedGroup},
};
use crate::{
    Code, SecretRef, SecretVerdict,
    diagnostics::quoted::Quoted,
    options::dialect::Tls,
    stages::fragment::{Certificate, Claim, ClaimIndex, Fragment},
};

/// Finds for each host the certificate, and hands on to the virtual hosts. Says first what is not served as its author may
/// think, and which routes are `unreachable`.
pub(crate) fn cover(
    groups: Vec<ServedGroup>,
    unreachable: Option<UnreachableRoutes>,
    probe_hash: Option<String>,
    claims: &[Claim<'_>],
    tls: TlsPlan<'_>,
    mut lowering: Lowering<'_>,
) -> Fragment {
    let contract = lowering.settings.contract;
    let TlsPlan { certificates, as_written, moves_to_https } = tls;
    let redirects = contract.supports_fields_since_2020
        && lowering.ingress.spec.http_option == Some(HttpOption::Redirected);
    let coverage = Coverage::new(&certificates, claims, &mut lowering);
    coverage.report(redirects, &mut lowering);
    if let Some(unreachable) = unreachable {
        unreachable.report(&mut lowering);
    }
    let https = Https { covered: coverage.covered(), redirects, is_all: moves_to_https };
    let certificates = match contract.tls {
        Tls::AddsHttps => coverage.into_certificates(),
        Tls::MovesToHttps { .. } => as_written,
    };
    virtual_hosts::build(groups, &https, claims, certificates, probe_hash, lowering)
}

/// For each claim of an Ingress the certificate that its host is served with.
struct Coverage<'a> {
    certificates: &'a Certificates<'a>,
    claims: &'a [Claim<'a>],
    /// Places of certificates, by claim; empty if there is no certificate at all.
    by_claim: Vec<Option<usize>>,
    /// Places of the certificates among these whose Secrets can't be served with.
    unusable: BTreeMap<usize, Unusable>,
}

/// Why a certificate can't be served with.
struct Unusable {
    code: Code,
    message: String,
}

impl Unusable {
    /// What the certificate of `secret` can't be used for, if it can't.
    fn of(secret: SecretRef, lowering: &mut Lowering<'_>) -> Option<Self> {
        let effect = "the hosts of this certificate have no https";
        match lowering.secret(secret.clone()) {
            KnownSecret::Unknown | KnownSecret::Found(SecretVerdict::Usable) => None,
            KnownSecret::Missing => Some(Self {
                code: Code::SecretNotFound,
                message: format!("Secret {secret} of type kubernetes.io/tls not found: {effect}"),
            }),
            KnownSecret::Found(SecretVerdict::Unusable { reason }) => Some(Self {
                code: Code::UnusableSecret,
                message: format!("unusable Secret {secret}: {reason}: {effect}"),
            }),
        }
    }
}

impl<'a> Coverage<'a> {
    fn new(certificates: &'a Certificates<'a>, claims: &'a [Claim<'a>], lowering: &mut Lowering<'_>) -> Self {
        let by_claim = if certificates.is_empty() {
            Vec::new()
        } else {
            claims.iter().map(|claim| certificates.covering(&claim.host)).collect()
        };
        let used: BTreeSet<usize> = by_claim.iter().copied().flatten().collect();
        let unusable = used
            .into_iter()
            .filter_map(|place| {
                let secret = &certificates.list.get(place)?.secret;
                let secret = SecretRef::new(&secret.namespace, &secret.name);
                Some((place, Unusable::of(secret, lowering)?))
            })
            .collect();
        Self { certificates, claims, by_claim, unusable }
    }

    /// The certificate of a claim, if its Secret can be served with. Another one doesn't step in: which certificate clients see must
    /// not depend on the state of a Secret.
    fn covering(&self, claim: ClaimIndex) -> Option<usize> {
        self.by_claim.get(claim.get()).copied().flatten().filter(|place| !self.unusable.contains_key(place))
    }

    fn is_covered(&self, claim: ClaimIndex) -> bool {
        self.covering(claim).is_some()
    }

    /// For each claim whether a certificate is for its host; empty if none is for any.
    fn covered(&self) -> Vec<bool> {
        (0..self.by_claim.len()).map(|claim| self.is_covered(ClaimIndex::from(claim))).collect()
    }

    /// The certificates, each with the claims that it is for.
    fn into_certificates(self) -> Vec<Certificate> {
        let mut claims: Vec<Vec<ClaimIndex>> = vec![Vec::new(); self.certificates.list.len()];
        for claim in (0..self.by_claim.len()).map(ClaimIndex::from) {
            if let Some(claims) = self.covering(claim).and_then(|certificate| claims.get_mut(certificate)) {
                claims.push(claim);
            }
        }
        let list = self.certificates.list.iter().zip(claims);
        list.map(|(listed, claims)| Certificate::Covering { secret: listed.secret.clone(), claims }).collect()
    }

    /// Reports what is not served as its author may think: certificates that can't be used or are for nothing, and hosts that
    /// should redirect and have none.
    fn report(&self, redirected: bool, lowering: &mut Lowering<'_>) {
        for (place, Unusable { code, message }) in &self.unusable {
            let Some(listed) = self.certificates.list.get(*place) else { continue };
            lowering.diagnostics.warning(*code, listed.field.secret(), message);
        }
        if !self.certificates.is_empty() {
            self.report_unused(lowering);
        }
        if redirected {
            self.report_unredirected(lowering);
        }
    }

    fn report_unused(&self, lowering: &mut Lowering<'_>) {
        let used: BTreeSet<usize> = self.by_claim.iter().copied().flatten().collect();
        let served: HashSet<(usize, &str)> = self
            .claims
            .iter()
            .zip(&self.by_claim)
            .filter_map(|(claim, certificate)| Some((&*claim.host, (*certificate)?)))
            .flat_map(|(host, certificate)| {
                let parent = host.find('.').and_then(|dot| host.get(dot..)).unwrap_or_default();
                [(certificate, host), (certificate, parent)]
            })
            .collect();
        let is_for_a_host = |place: usize, host: &str| {
            let parent = host.strip_prefix('*').unwrap_or(host);
            served.contains(&(place, host)) || served.contains(&(place, parent))
        };
        for (place, Listed { secret: _, field, hosts }) in self.certificates.list.iter().enumerate() {
            if !used.contains(&place) {
                let message = "no host of the rules is left for this certificate; it is not used";
                lowering.diagnostics.warning(Code::UnusedCertificate, field, message);
                continue;
            }
            for (index, host) in hosts.iter().enumerate().filter(|(_, host)| !is_for_a_host(place, host)) {
                let message = format_args!(
                    "no rule has the host {}, or an earlier certificate covers it",
                    Quoted(host)
                );
                lowering.diagnostics.warning(Code::UnusedCertificate, field.host(index), message);
            }
        }
    }

    fn report_unredirected(&self, lowering: &mut Lowering<'_>) {
        let usable = if self.unusable.is_empty() { "" } else { "usable " };
        let public = || self.claims.iter().enumerate().filter(|(_, claim)| claim.gateways.external);
        let without = || public().filter(|(index, _)| !self.is_covered(ClaimIndex::from(*index)));
        if without().count() == public().count() {
            if public().next().is_some() {
                let message = format_args!(
                    "Redirected, but no {usable}certificate is for any host: plain HTTP is served"
                );
                lowering.diagnostics.warning(Code::RedirectWithoutCertificate, "spec.httpOption", message);
            }
            return;
        }
        let mut reported = BTreeSet::new();
        for (_, claim) in without() {
            if reported.insert((claim.rule, claim.index)) {
                let message = format_args!(
                    "no {usable}certificate is for {}: plain HTTP is served",
                    Quoted(&claim.host)
                );
                lowering.diagnostics.warning(Code::RedirectWithoutCertificate, claim.path(), message);
            }
        }
    }
}
