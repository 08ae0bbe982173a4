use std::collections::BTreeMap;

use crate::message::{message, oneof};
use crate::{HeaderManipulation, JsonObject, ResourceRef, UnknownFields};

/// Destinations and their weights: `multi`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiDestination {
    /// The destinations: at least one, with weights that sum to at least 1.
    pub destinations: Vec<WeightedDestination>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(MultiDestination { destinations: "destinations" });

/// A destination and its weight: `destinations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestination {
    /// The destination.
    pub destination: Option<Destination>,
    /// Its share of the sum of all weights; unset means 0. Before 1.12 a plain number, of which 0 wasn't written.
    pub weight: Option<u32>,
    /// Options of its requests.
    pub options: Option<WeightedDestinationOptions>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(WeightedDestination { destination: "destination", weight: "weight", options: "options" });

/// Options of a weighted destination. Others, such as transformations and authentication, are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestinationOptions {
    /// Headers to set or remove.
    pub header_manipulation: Option<HeaderManipulation>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(WeightedDestinationOptions { header_manipulation: "headerManipulation" });

/// A backend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Destination {
    /// Oneof `destination_type`.
    pub destination_type: Option<DestinationType>,
    /// The function to call, for backends that have functions.
    pub destination_spec: Option<Box<DestinationSpec>>,
    /// The subset of the backend's endpoints.
    pub subset: Option<Box<Subset>>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(Destination {
    destination_type: oneof DestinationType,
    destination_spec: "destinationSpec",
    subset: "subset",
});

/// The backend: oneof `destination_type`.
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
    /// Unknown fields.
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
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ConsulDestination { service_name: "serviceName", tags: "tags", data_centers: "dataCenters" });

/// The function to call at a backend: `destinationSpec`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DestinationSpec {
    /// Oneof `destination_type`.
    pub kind: Option<DestinationSpecKind>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(DestinationSpec { kind: oneof DestinationSpecKind });

/// The function: oneof `destination_type` of a [`DestinationSpec`], kept as JSON.
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

/// A subset of the endpoints of a backend, by labels: `subset`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subset {
    /// Labels and their values.
    pub values: BTreeMap<String, String>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(Subset { values: "values" });

/// Forwarding to the host that the request names: `dynamicForwardProxy`. Since 1.11.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DynamicForwardProxy {
    /// Replaces the host: oneof `host_rewrite_specifier`.
    pub host_rewrite: Option<DynamicHostRewrite>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(DynamicForwardProxy { host_rewrite: oneof DynamicHostRewrite });

/// The host of a [`DynamicForwardProxy`]: oneof `host_rewrite_specifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DynamicHostRewrite {
    /// `hostRewrite`: this host.
    Literal(String),
    /// `autoHostRewriteHeader`: the host in this request header.
    Header(String),
}

oneof!(DynamicHostRewrite as "host_rewrite_specifier" {
    Literal(value): "hostRewrite" "host_rewrite",
    Header(value): "autoHostRewriteHeader" "auto_host_rewrite_header",
});
