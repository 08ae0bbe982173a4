use std::collections::BTreeMap;

use crate::message::{message, proto_enum};
use crate::{JsonObject, UnknownFields};

/// What Gloo says of a Proxy: `status`.
///
/// Until about 1.10 one Gloo wrote its `state` here directly, with snake_case names. Since then `statuses` holds one
/// status for each Gloo, by the namespace it runs in. States are numbers in both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyStatus {
    /// Today's: a status for each Gloo, by its namespace.
    pub statuses: BTreeMap<String, ReporterStatus>,
    /// 2020's: the state.
    pub state: State,
    /// 2020's: why.
    pub reason: String,
    /// 2020's: who says so.
    pub reported_by: String,
    /// 2020's: of the parts.
    pub subresource_statuses: BTreeMap<String, ProxyStatus>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ProxyStatus {
    statuses: "statuses",
    state: "state",
    reason: "reason",
    reported_by: "reported_by",
    subresource_statuses: "subresource_statuses",
});

/// What one Gloo says of a Proxy: `status.statuses.*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReporterStatus {
    /// The state.
    pub state: State,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub reported_by: String,
    /// Of the parts.
    pub subresource_statuses: BTreeMap<String, ReporterStatus>,
    /// Anything more.
    pub details: Option<JsonObject>,
    /// Notes that are neither errors nor warnings. On the wire `Messages`, with a capital.
    pub messages: Vec<String>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ReporterStatus {
    state: "state",
    reason: "reason",
    reported_by: "reportedBy",
    subresource_statuses: "subresourceStatuses",
    details: "details",
    messages: "Messages",
});

/// Whether Gloo accepts a Proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// 0: not looked at yet.
    #[default]
    Pending,
    /// 1: serves.
    Accepted,
    /// 2: has errors; Gloo keeps the last good routes, or serves what Envoy accepts, by its version.
    Rejected,
    /// 3: serves but for what the warnings name.
    Warning,
}

// The one enum that Gloo writes by number: its status does not go through proto3 JSON.
proto_enum!(State by number { Pending: "Pending" 0, Accepted: "Accepted" 1, Rejected: "Rejected" 2, Warning: "Warning" 3 });
