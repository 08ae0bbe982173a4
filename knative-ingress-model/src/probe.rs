use crate::keys::{HASH_HEADER, HASH_OVERRIDE};
use crate::{FieldError, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, Ingress};

impl Ingress {
    /// A copy of the Ingress with routes for probes, and the [`hash`](Self::hash) that they answer with.
    ///
    /// Each rule gets a copy of all its paths, before the original ones. The copies match requests with `K-Network-Hash: override`
    /// and replace `override` by the hash. So the answer tells a prober which version of the Ingress a gateway serves.
    /// Source: `InsertProbe` of knative/networking's `pkg/ingress`, since 0.18.
    ///
    /// # Errors
    /// When a rule has no `http`; the path of the first such rule.
    pub fn insert_probe(&self) -> Result<(Self, String), FieldError> {
        let hash = self.hash();
        let mut probed = self.clone();
        for (index, rule) in probed.spec.rules.iter_mut().enumerate() {
            let http = rule.http.as_mut().ok_or_else(|| missing_http(index))?;
            let HttpIngressRuleValue { paths, unknown: _ } = http;
            let originals = paths.take().unwrap_or_default();
            let probes = originals.iter().map(|path| {
                let mut probe = path.clone();
                let only_probes = HeaderMatch { exact: HASH_OVERRIDE.to_owned(), ..HeaderMatch::default() };
                probe.headers.insert(HASH_HEADER.to_owned(), only_probes);
                append_hash(&mut probe, &hash);
                probe
            });
            let mut all: Vec<_> = probes.collect();
            all.extend(originals);
            *paths = Some(all);
        }
        Ok((probed, hash))
    }

    /// Like [`insert_probe`](Self::insert_probe), but as Knative up to 0.17: a copy in which every path appends `K-Network-Hash`, and
    /// the [`hash_legacy`](Self::hash_legacy) that it appends.
    ///
    /// # Errors
    /// When a rule has no `http`; the path of the first such rule.
    pub fn insert_probe_legacy(&self) -> Result<(Self, String), FieldError> {
        let hash = self.hash_legacy();
        let mut probed = self.clone();
        for (index, rule) in probed.spec.rules.iter_mut().enumerate() {
            let http = rule.http.as_mut().ok_or_else(|| missing_http(index))?;
            http.paths.iter_mut().flatten().for_each(|path| append_hash(path, &hash));
        }
        Ok((probed, hash))
    }
}

fn append_hash(path: &mut HttpIngressPath, hash: &str) {
    path.append_headers.insert(HASH_HEADER.to_owned(), hash.to_owned());
}

fn missing_http(rule: usize) -> FieldError {
    FieldError::missing(format!("spec.rules[{rule}].http"))
}
