#![doc = include_str!("../README.md")]

pub mod conditions;
#[cfg(feature = "schemars")]
mod crd;
mod defaults;
mod duration;
mod envelope;
mod field_error;
mod fields;
mod gateway;
mod go_json;
mod hash;
mod headers;
mod hosts;
mod ingress;
pub mod keys;
mod object;
mod parse;
mod probe;
#[cfg(feature = "schemars")]
mod schema;
mod spec;
mod status;
mod unknown;
mod validate;
mod value;
mod visibility;
mod word;

#[cfg(feature = "schemars")]
pub use crd::custom_resource_definition;
pub use duration::{GoDuration, ParseGoDurationError};
pub use envelope::IngressList;
pub use field_error::{FieldError, FieldErrorKind};
pub use gateway::GatewayAddresses;
pub use headers::Headers;
pub use hosts::{expand_host, expanded_hosts};
pub use ingress::{Ingress, IngressKind, IngressRef};
pub use parse::ParseError;
pub use spec::{
    HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, IngressBackendSplit,
    IngressRule, IngressSpec, IngressTls,
};
pub use status::{Condition, ConditionStatus, IngressStatus, LoadBalancerIngress, LoadBalancerStatus};
pub use unknown::UnknownFields;
pub use visibility::Visibility;

// The types in this crate's public fields that come from elsewhere, and the crate that they come from.
pub use k8s_openapi;
pub use k8s_openapi::{
    api,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    apimachinery::pkg::util::intstr::IntOrString,
};
