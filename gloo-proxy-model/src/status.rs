use std::collections::BTreeMap;

use crate::message::{message, proto_enum};
use crate::{JsonObject, UnknownFields};

/// The status that Gloo reports: `status`.
///
/// Until about 1.10, Gloo wrote its `state` here directly, with snake_case names. Since then, `statuses` has a status for each Gloo,
/// by its namespace. States are numbers in both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyStatus {
    /// A status for each Gloo, by its namespace. Since about 1.10.
    pub statuses: BTreeMap<String, ReporterStatus>,
    /// The state. Until about 1.10.
    pub state: State,
    /// The reason. Until about 1.10.
    pub reason: String,
    /// The reporter. Until about 1.10.
    pub reported_by: String,
    /// The statuses of the subresources. Until about 1.10.
    pub subresource_statuses: BTreeMap<String, ProxyStatus>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ProxyStatus {
    statuses: "statuses",
    state: "state",
    reason: "reason",
    reported_by: "reported_by",
    subresource_statuses: "subresource_statuses",
});

/// The status that one Gloo reports: `status.statuses.*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReporterStatus {
    /// The state.
    pub state: State,
    /// The reason.
    pub reason: String,
    /// The reporter.
    pub reported_by: String,
    /// The statuses of the subresources.
    pub subresource_statuses: BTreeMap<String, ReporterStatus>,
    /// Further details.
    pub details: Option<JsonObject>,
    /// Notes that are neither errors nor warnings. On the wire `Messages`, with a capital.
    pub messages: Vec<String>,
    /// Unknown fields.
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
    /// 0: not processed yet.
    #[default]
    Pending,
    /// 1: served.
    Accepted,
    /// 2: has errors. Depending on its version, Gloo keeps the last valid routes or serves what Envoy accepts.
    Rejected,
    /// 3: served, except for what the warnings name.
    Warning,
}

// The one enum that Gloo writes by number: its status does not go through proto3 JSON.
proto_enum!(State by number { Pending: "Pending" 0, Accepted: "Accepted" 1, Rejected: "Rejected" 2, Warning: "Warning" 3 });
