use crate::{
    GoDuration, HttpIngressPath, HttpRetry, Ingress, IngressBackendSplit, IngressRule, IngressTls, Visibility,
};

/// The default number of retries in Knative 0.12.
const LEGACY_ATTEMPTS: i64 = 3;

impl Ingress {
    /// Sets the defaults of the current Knative: a rule without visibility gets [`Visibility::ExternalIp`], and a single split
    /// without a percentage gets 100.
    ///
    /// Knative's own code panics on a rule without `http`; here [`validate`](Self::validate) reports it. The webhook
    /// sets the defaults before an Ingress is stored, and each controller sets them again after reading it.
    /// Source: `SetDefaults` of knative/networking (August 2026).
    ///
    /// ```
    /// use knative_ingress_model::{Ingress, Visibility};
    ///
    /// let mut ingress = Ingress::from_json(br#"{"spec": {"rules": [{"hosts": ["a.example.com"]}]}}"#)?;
    /// ingress.set_defaults();
    /// assert_eq!(ingress.spec.rules[0].visibility, Some(Visibility::ExternalIp));
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn set_defaults(&mut self) {
        for rule in &mut self.spec.rules {
            set_visibility(&mut rule.visibility);
            paths_mut(rule).for_each(set_single_percent);
        }
    }

    /// Sets the defaults of Knative 0.12 (January 2020): the visibility of the whole Ingress but not of its rules, the percentage of a
    /// single split, timeouts and retries. It clears [`IngressTls::server_certificate`] and [`IngressTls::private_key`].
    ///
    /// `max_revision_timeout` was a setting of the cluster, 600 s by default.
    /// Source: `SetDefaults` of knative/serving 0.12.
    pub fn set_defaults_legacy(&mut self, max_revision_timeout: GoDuration) {
        for IngressTls { server_certificate, private_key, .. } in &mut self.spec.tls {
            server_certificate.clear();
            private_key.clear();
        }
        for path in self.spec.rules.iter_mut().flat_map(paths_mut) {
            set_single_percent(path);
            path.timeout.get_or_insert(max_revision_timeout);
            let retries = path
                .retries
                .get_or_insert_with(|| HttpRetry { attempts: LEGACY_ATTEMPTS, ..HttpRetry::default() });
            retries.per_try_timeout.get_or_insert(max_revision_timeout);
        }
        set_visibility(&mut self.spec.visibility);
    }
}

fn paths_mut(rule: &mut IngressRule) -> impl Iterator<Item = &mut HttpIngressPath> {
    rule.http.iter_mut().flat_map(|http| http.paths.iter_mut().flatten())
}

fn set_visibility(visibility: &mut Option<Visibility>) {
    if visibility.as_ref().is_none_or(|word| word.as_str().is_empty()) {
        *visibility = Some(Visibility::ExternalIp);
    }
}

fn set_single_percent(path: &mut HttpIngressPath) {
    if let Some([IngressBackendSplit { percent: percent @ 0, .. }]) = path.splits.as_deref_mut() {
        *percent = 100;
    }
}
