/// Who may reach a rule: `spec.rules[].visibility`, or in Knative up to 0.25 `spec.visibility`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// `ExternalIP`: everybody, through the public gateway. What an unset visibility means.
    ExternalIp,
    /// `ClusterLocal`: only clients inside the cluster, through the private gateway.
    ClusterLocal,
    /// Any other word, kept as it was written. Knative accepts it and serves such a rule nowhere.
    Unknown(String),
}
