use crate::UnknownFields;
use crate::message::{message, oneof};

/// An upgrade that is allowed or forbidden: `upgrades[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolUpgrade {
    /// Oneof `upgrade_type`.
    pub upgrade_type: Option<UpgradeType>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ProtocolUpgrade { upgrade_type: oneof UpgradeType });

/// Which upgrade: oneof `upgrade_type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeType {
    /// `websocket`
    Websocket(UpgradeSpec),
    /// `connect`: CONNECT is forwarded. Since 1.14.
    Connect(UpgradeSpec),
    /// `connectTerminate`: CONNECT is terminated; only on routes. Since 1.21.
    ConnectTerminate(UpgradeSpec),
}

oneof!(UpgradeType as "upgrade_type" {
    Websocket(value): "websocket" "websocket",
    Connect(value): "connect" "connect",
    ConnectTerminate(value): "connectTerminate" "connect_terminate",
});

/// Whether an upgrade is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeSpec {
    /// Whether it is allowed; unset means true.
    pub enabled: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(UpgradeSpec { enabled: "enabled" });
