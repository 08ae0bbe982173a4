//! Translations and reports as data, for logs, statuses of one's own and golden files. Nothing reads them back.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{Code, Diagnostic, Gateway, IngressReport, Outcome, Scheme, Severity, Translation};

impl Serialize for Translation {
    /// `external` and `internal`, the Proxies, and `reports`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { external, internal, reports } = self;
        let mut fields = serializer.serialize_struct("Translation", 3)?;
        fields.serialize_field("external", external)?;
        fields.serialize_field("internal", internal)?;
        fields.serialize_field("reports", reports)?;
        fields.end()
    }
}

impl Serialize for IngressReport {
    /// `ingress` as `namespace/name`, `outcome`, `served` (for each gateway and scheme that serves it, as `external http`,
    /// its `domains`), `probeHash` and `diagnostics`; the last three where there are any.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { ingress, outcome, served: _, reserved: _, probe_hash, diagnostics } = self;
        let served = served_by(self);
        let mut fields = serializer.serialize_struct("IngressReport", 5)?;
        fields.serialize_field("ingress", &ingress.to_string())?;
        fields.serialize_field("outcome", outcome)?;
        if !served.is_empty() {
            fields.serialize_field("served", &served)?;
        }
        if let Some(probe_hash) = probe_hash {
            fields.serialize_field("probeHash", probe_hash)?;
        }
        if !diagnostics.is_empty() {
            fields.serialize_field("diagnostics", diagnostics)?;
        }
        fields.end()
    }
}

/// What one listener of one gateway serves.
#[derive(serde::Serialize)]
struct ServedBy<'a> {
    by: String,
    domains: Vec<&'a str>,
}

fn served_by(report: &IngressReport) -> Vec<ServedBy<'_>> {
    let listeners = Gateway::ALL.into_iter().flat_map(|gateway| Scheme::ALL.map(|scheme| (gateway, scheme)));
    listeners
        .map(|(gateway, scheme)| ServedBy {
            by: format!("{gateway} {scheme}"),
            domains: report.domains(gateway, scheme).collect(),
        })
        .filter(|served| !served.domains.is_empty())
        .collect()
}

impl Serialize for Diagnostic {
    /// `severity`, `code`, `path` and `message`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { severity, code, path, message } = self;
        let mut fields = serializer.serialize_struct("Diagnostic", 4)?;
        fields.serialize_field("severity", severity)?;
        fields.serialize_field("code", code)?;
        fields.serialize_field("path", path)?;
        fields.serialize_field("message", message)?;
        fields.end()
    }
}

impl Serialize for Outcome {
    /// Its word.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Severity {
    /// Its word.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Code {
    /// Its word.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
