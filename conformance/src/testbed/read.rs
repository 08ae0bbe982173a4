use std::collections::BTreeMap;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Secret, Service as KubeService};
use knative_gloo_manifests::{Document, Limits, ManifestError};
use knative_gloo_translate::{ClassFilter, Options, SecretRef, SecretVerdict, Secrets};

use super::{Exposed, Testbed, with_said};
use crate::envoy_config::TlsSecret;

/// What stands in a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableTestbed {
    /// It is not a manifest, or not of its kind.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It is a manifest that means nothing here.
    #[error("{place}: kind {kind} means nothing here")]
    Kind {
        /// Where it stands.
        place: String,
        /// What it is.
        kind: String,
    },
}

/// Reads Ingresses, Services, Secrets and TranslateOptions from a file. The class counts only where the options name one; a file
/// with a Secret has all Secrets that there are.
///
/// # Errors
/// At the first document that is none of these.
pub fn read(source: &str, bytes: &[u8]) -> Result<Testbed, UnreadableTestbed> {
    let options = Options::default()
        .with_class(ClassFilter::Any)
        .with_regex_max_program_size(crate::testbed::cluster::REGEX_LIMIT);
    let mut testbed = Testbed { options, ..Testbed::default() };
    let mut verdicts = None;
    for document in knative_gloo_manifests::read(source, bytes, &Limits::default()) {
        testbed.add(&document?, &mut verdicts)?;
    }
    testbed.options.secrets = verdicts;
    Ok(testbed)
}

impl Testbed {
    fn add(&mut self, document: &Document, verdicts: &mut Option<Secrets>) -> Result<(), UnreadableTestbed> {
        match document.kind() {
            "Ingress" | "ClusterIngress" => self.ingresses.push(document.parse()?),
            "Service" => {
                let service: KubeService = document.parse()?;
                // The gateways' own Services are the cluster's business.
                if service.metadata.namespace.as_deref() != Some("gloo-system") {
                    self.services.push(Exposed { service, endpoints: BTreeMap::new(), upstream_ca: None });
                }
            }
            "Secret" => {
                let secret: Secret = document.parse()?;
                let SecretRef { namespace, name } = SecretRef::from(&secret);
                let reference = ResourceRef::new(&name, &namespace);
                // Of another type Gloo reads none, and a later Secret of the same name replaces an earlier one.
                match TlsSecret::of(&secret).filter(|_| secret.type_.as_deref() == Some("kubernetes.io/tls"))
                {
                    Some(secret) => self.secrets.insert(reference, secret),
                    None => self.secrets.remove(&reference),
                };
                let verdict = SecretVerdict::check(&secret);
                verdicts.get_or_insert_default().insert(SecretRef { namespace, name }, verdict);
            }
            Options::KIND => {
                self.options = with_said(&self.options, document.parse_with_defaults(&self.options)?);
            }
            other => {
                let place = document.location().to_string();
                return Err(UnreadableTestbed::Kind { place, kind: other.to_owned() });
            }
        }
        Ok(())
    }
}
