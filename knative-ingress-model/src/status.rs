use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::UnknownFields;

/// What became of an Ingress: `status`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressStatus>))]
pub struct IngressStatus {
    /// The `metadata.generation` that this status speaks of. `0` is unset.
    pub observed_generation: i64,
    /// `Ready`, `NetworkConfigured`, `LoadBalancerReady`; sorted by type when written by Knative.
    pub conditions: Vec<Condition>,
    /// Annotations of the status. Since 0.15.
    pub annotations: BTreeMap<String, String>,
    /// Where the gateway is. Up to networking 0.25.
    pub load_balancer: Option<LoadBalancerStatus>,
    /// Where the public gateway is. Since 0.8.
    pub public_load_balancer: Option<LoadBalancerStatus>,
    /// Where the private gateway is. Since 0.8.
    pub private_load_balancer: Option<LoadBalancerStatus>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// One aspect of a status: `status.conditions[]`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<Condition>))]
pub struct Condition {
    /// Which aspect.
    pub r#type: String,
    /// How it stands.
    pub status: ConditionStatus,
    /// `""` (error), `Warning` or `Info`.
    pub severity: String,
    /// When it last changed.
    pub last_transition_time: Option<Time>,
    /// One word why.
    pub reason: String,
    /// A sentence why.
    pub message: String,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// How a condition stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `Unknown`.
    Unknown,
    /// Any other word, kept as it was written.
    Other(String),
}

/// Addresses of a gateway: `status.loadBalancer` and its twins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<LoadBalancerStatus>))]
pub struct LoadBalancerStatus {
    /// The addresses.
    pub ingress: Vec<LoadBalancerIngress>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// One address of a gateway: `ingress[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<LoadBalancerIngress>))]
pub struct LoadBalancerIngress {
    /// IP address.
    pub ip: String,
    /// Public domain name.
    pub domain: String,
    /// Domain name inside the cluster.
    pub domain_internal: String,
    /// Whether the service is reachable only through the mesh.
    pub mesh_only: bool,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}
