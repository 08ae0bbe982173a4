#![doc = include_str!("../README.md")]

pub mod conditions;
#[cfg(feature = "schemars")]
mod crd;
mod defaults;
mod duration;
mod field_error;
mod fields;
mod gateway_addresses;
mod go_json;
mod go_object;
mod go_value;
mod hash;
mod headers;
mod hosts;
mod ingress;
pub mod keys;
mod parse;
mod probe;
mod resource;
#[cfg(feature = "schemars")]
mod schema;
mod spec;
mod status;
mod string_enum;
#[cfg(feature = "schemars")]
mod string_schema;
mod unknown_fields;
mod validate;
mod visibility;

#[cfg(feature = "schemars")]
pub use crd::custom_resource_definition;
pub use duration::{GoDuration, ParseGoDurationError};
pub use field_error::{FieldError, FieldErrorKind};
pub use gateway_addresses::GatewayAddresses;
pub use headers::Headers;
pub use hosts::{expand_host, expanded_hosts};
pub use ingress::{Ingress, IngressKind, IngressRef};
pub use parse::ParseIngressError;
pub use resource::IngressList;
pub use spec::{
    HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, IngressBackendSplit,
    IngressRule, IngressSpec, IngressTls, Visibility,
};
pub use status::{Condition, ConditionStatus, IngressStatus, LoadBalancerIngress, LoadBalancerStatus};
pub use unknown_fields::UnknownFields;

// The types in this crate's public fields that come from elsewhere, and the crate that they come from.
pub use k8s_openapi;
pub use k8s_openapi::{
    api,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    apimachinery::pkg::util::intstr::IntOrString,
};
