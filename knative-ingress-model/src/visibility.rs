use crate::{Ingress, IngressTls, Visibility};

impl Ingress {
    /// Whether any rule is public: a rule whose visibility is [`Visibility::ExternalIp`] or unset.
    ///
    /// Source: the filter of net-istio (June 2026) over the rules, which reads an unset visibility as public.
    pub fn is_public(&self) -> bool {
        self.spec.rules.iter().any(|rule| rule.visibility.as_ref().is_none_or(Visibility::is_external))
    }

    /// Whether the whole Ingress is public by the rule of Knative 0.12: `spec.visibility` is
    /// [`Visibility::ExternalIp`] or unset.
    ///
    /// Source: `IsPublic` of knative/serving 0.12; removed in 0.18.
    pub fn is_public_legacy(&self) -> bool {
        self.spec.visibility.as_ref().is_none_or(Visibility::is_external)
    }

    /// The certificates for the rules with that visibility, in the order of the rules: those whose hosts include all hosts of the
    /// rule. A certificate that matches two rules is returned twice.
    ///
    /// The search ends at the first rule with that visibility and without hosts. Hosts are compared as text: a wildcard
    /// matches only itself.
    /// Source: `GetIngressTLSForVisibility` of knative/networking, since 1.13.
    pub fn tls_for_visibility(&self, visibility: &Visibility) -> Vec<&IngressTls> {
        let rules = self.spec.rules.iter().filter(|rule| rule.visibility.as_ref() == Some(visibility));
        rules
            .take_while(|rule| !rule.hosts.is_empty())
            .flat_map(|rule| {
                self.spec.tls.iter().filter(|tls| rule.hosts.iter().all(|host| tls.hosts.contains(host)))
            })
            .collect()
    }
}

impl Visibility {
    fn is_external(&self) -> bool {
        match self {
            Self::ExternalIp => true,
            Self::ClusterLocal => false,
            Self::Unknown(word) => word.is_empty(),
        }
    }
}
