//! Knative's networking `Ingress` (`networking.internal.knative.dev/v1alpha1`) as plain data.
//!
//! Knative Serving writes one `Ingress` per service; it says which hosts reach which revisions, by which
//! paths, headers and shares. This crate holds every field that any release from 0.2 to today has written,
//! and the rules that come with the type: defaults, validation, the probe hash, hosts, status.
//! It knows nothing of any gateway.

pub mod conditions;
mod defaults;
mod duration;
mod envelope;
mod field_error;
mod fields;
mod gateway;
mod go_json;
mod hash;
mod hosts;
mod ingress;
pub mod keys;
mod object;
mod parse;
mod probe;
mod spec;
mod status;
mod unknown;
mod validate;
mod value;
mod visibility;
mod word;

pub use duration::{GoDuration, ParseGoDurationError};
pub use envelope::IngressList;
pub use field_error::{FieldError, FieldErrorKind};
pub use gateway::GatewayAddresses;
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

// The types in this crate's public fields that come from elsewhere.
pub use k8s_openapi::{
    api,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
    apimachinery::pkg::util::intstr::IntOrString,
};
