use std::collections::BTreeMap;

use crate::message::{message, oneof};
use crate::{HeaderManipulation, JsonObject, ResourceRef, UnknownFields};

/// Destinations and their shares: `multi`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiDestination {
    /// The destinations; at least one, and the sum of their weights at least 1.
    pub destinations: Vec<WeightedDestination>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(MultiDestination { destinations: "destinations" });

/// A destination and its share: `destinations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestination {
    /// Where to.
    pub destination: Option<Destination>,
    /// Its share of the sum of all weights; unset counts as 0. A plain number before 1.12, so that 0 was left out.
    pub weight: Option<u32>,
    /// What happens to its requests alone.
    pub options: Option<WeightedDestinationOptions>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(WeightedDestination { destination: "destination", weight: "weight", options: "options" });

/// Options of one destination. Transformations, authentication and the like are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestinationOptions {
    /// Headers set or removed.
    pub header_manipulation: Option<HeaderManipulation>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(WeightedDestinationOptions { header_manipulation: "headerManipulation" });

/// A backend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Destination {
    /// Oneof `destination_type`.
    pub destination_type: Option<DestinationType>,
    /// What is called there, for backends that are functions.
    pub destination_spec: Option<Box<DestinationSpec>>,
    /// Which of the backend's endpoints.
    pub subset: Option<Box<Subset>>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(Destination {
    destination_type: oneof DestinationType,
    destination_spec: "destinationSpec",
    subset: "subset",
});

/// Which kind of backend: oneof `destination_type`.
#[derive(Clone, Debug, PartialEq)]
pub enum DestinationType {
    /// `upstream`: a Gloo Upstream.
    Upstream(ResourceRef),
    /// `kube`: a port of a Kubernetes Service.
    Kube(KubeDestination),
    /// `consul`: a service in Consul.
    Consul(Box<ConsulDestination>),
}

oneof!(DestinationType as "destination_type" {
    Upstream(value): "upstream" "upstream",
    Kube(value): "kube" "kube",
    Consul(value): "consul" "consul",
});

/// A port of a Kubernetes Service: `kube`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeDestination {
    /// The Service.
    pub r#ref: ResourceRef,
    /// The Service's port (not the target port).
    pub port: u32,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(KubeDestination { r#ref: "ref", port: "port" });

/// A service in Consul: `consul`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsulDestination {
    /// Its name.
    pub service_name: String,
    /// Tags that its instances must have.
    pub tags: Vec<String>,
    /// Data centres that its instances must be in.
    pub data_centers: Vec<String>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ConsulDestination { service_name: "serviceName", tags: "tags", data_centers: "dataCenters" });

/// What is called at a backend: `destinationSpec`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DestinationSpec {
    /// Oneof `destination_type`.
    pub kind: Option<DestinationSpecKind>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(DestinationSpec { kind: oneof DestinationSpecKind });

/// Which kind of function: oneof `destination_type` of a [`DestinationSpec`], each kept as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum DestinationSpecKind {
    /// `aws`: a Lambda function.
    Aws(JsonObject),
    /// `azure`: an Azure function.
    Azure(JsonObject),
    /// `rest`: a REST function.
    Rest(JsonObject),
    /// `grpc`: a gRPC method.
    Grpc(JsonObject),
}

oneof!(DestinationSpecKind as "destination_type" {
    Aws(value): "aws" "aws",
    Azure(value): "azure" "azure",
    Rest(value): "rest" "rest",
    Grpc(value): "grpc" "grpc",
});

/// Which endpoints of a backend, by their labels: `subset`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subset {
    /// Labels and their values.
    pub values: BTreeMap<String, String>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(Subset { values: "values" });

/// Forwarding to the host that the request names: `dynamicForwardProxy`. Since 1.11.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DynamicForwardProxy {
    /// Another host than the request's: oneof `host_rewrite_specifier`.
    pub host_rewrite: Option<DynamicHostRewrite>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(DynamicForwardProxy { host_rewrite: oneof DynamicHostRewrite });

/// The host of a [`DynamicForwardProxy`]: oneof `host_rewrite_specifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DynamicHostRewrite {
    /// `hostRewrite`: this host.
    Literal(String),
    /// `autoHostRewriteHeader`: the one that this request header names.
    Header(String),
}

oneof!(DynamicHostRewrite as "host_rewrite_specifier" {
    Literal(value): "hostRewrite" "host_rewrite",
    Header(value): "autoHostRewriteHeader" "auto_host_rewrite_header",
});
