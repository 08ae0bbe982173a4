use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::UnknownFields;

/// The observed state of an Ingress: `status`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressStatus>))]
pub struct IngressStatus {
    /// The `metadata.generation` that this status is for. `0` is unset.
    pub observed_generation: i64,
    /// `Ready`, `NetworkConfigured`, `LoadBalancerReady`; Knative writes them sorted by type.
    pub conditions: Vec<Condition>,
    /// Annotations of the status. Since 0.15.
    pub annotations: BTreeMap<String, String>,
    /// The addresses of the gateway. Up to networking 0.25.
    pub load_balancer: Option<LoadBalancerStatus>,
    /// The addresses of the public gateway. Since 0.8.
    pub public_load_balancer: Option<LoadBalancerStatus>,
    /// The addresses of the private gateway. Since 0.8.
    pub private_load_balancer: Option<LoadBalancerStatus>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// A condition: `status.conditions[]`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<Condition>))]
pub struct Condition {
    /// The type, such as `Ready`.
    pub r#type: String,
    /// The status.
    pub status: ConditionStatus,
    /// `""` (error), `Warning` or `Info`.
    pub severity: String,
    /// When the status last changed.
    pub last_transition_time: Option<Time>,
    /// The reason in one CamelCase word.
    pub reason: String,
    /// The reason in a sentence.
    pub message: String,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// The status of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `Unknown`.
    Unknown,
    /// Any other value, kept as it is.
    Other(String),
}

/// The addresses of a gateway: `status.loadBalancer`, `status.publicLoadBalancer` and `status.privateLoadBalancer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<LoadBalancerStatus>))]
pub struct LoadBalancerStatus {
    /// The addresses.
    pub ingress: Vec<LoadBalancerIngress>,
    /// Unknown fields.
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
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}
