//! Golden files for a controller of one's own: a folder of `NAME.in.yaml` with Ingresses and Services, each beside the
//! `NAME.out.yaml` that it must give.
//!
//! What the libraries make of them, in one line:
//!
//! ```
//! use knative_gloo_conformance::snapshots::{Failures, translations};
//! use knative_gloo_translate::Options;
//!
//! # fn main() -> Result<(), Failures> { fixtures() }
//! // With `#[test]` above it:
//! fn fixtures() -> Result<(), Failures> {
//!     translations("tests/snapshots/translations", &Options::default())
//! }
//! ```
//!
//! What one's own code makes of them, be it statuses, Gateways or text:
//!
//! ```
//! use knative_gloo_conformance::snapshots::{Failures, Objects, Snapshots, Unusable};
//!
//! # fn main() -> Result<(), Failures> { names() }
//! fn names() -> Result<(), Failures> {
//!     Snapshots::of("tests/snapshots/names").check(|input| {
//!         let Objects { ingresses, .. } = Objects::of(input)?;
//!         Ok::<_, Unusable>(ingresses.iter().map(|ingress| ingress.reference().to_string()).collect::<Vec<_>>())
//!     })
//! }
//! ```
//!
//! A difference fails the test with a diff of every file, and leaves what it should be as `NAME.out.yaml.new` beside it;
//! `REGENERATE=1 cargo test` accepts all. With the feature `snapshots` alone nothing of Envoy is compiled:
//!
//! ```toml
//! [dev-dependencies]
//! knative-gloo-conformance = { version = "0.1", default-features = false, features = ["snapshots"] }
//! ```

use std::fmt;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::Service;
pub use knative_gloo_manifests::snapshots::{Failure, Failures, Input, Mode, Snapshots};
use knative_gloo_manifests::{Document, ManifestError};
use knative_gloo_translate::{Options, Translation, translate};
use knative_ingress_model::Ingress;

/// What an input holds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Objects {
    /// Knative's Ingresses and ClusterIngresses.
    pub ingresses: Vec<Ingress>,
    /// Kubernetes Services.
    pub services: Vec<Service>,
    /// Everything else, such as a description of one's own options.
    pub others: Vec<Document>,
}

/// Why an input can't be used: every document of it that can't be read, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub Vec<ManifestError>);

impl Objects {
    /// Reads an input.
    ///
    /// # Errors
    /// All of its documents that are no manifests, and all Ingresses and Services with a field of the wrong type.
    pub fn of(input: &Input) -> Result<Self, Unusable> {
        let (mut objects, mut errors) = (Objects::default(), Vec::new());
        for document in input.documents() {
            if let Err(error) = document.and_then(|document| objects.add(document)) {
                errors.push(error);
            }
        }
        if errors.is_empty() { Ok(objects) } else { Err(Unusable(errors)) }
    }

    fn add(&mut self, document: Document) -> Result<(), ManifestError> {
        match (document.kind(), document.api_version()) {
            ("Ingress" | "ClusterIngress", version)
                if version.starts_with("networking.internal.knative.dev/") =>
            {
                self.ingresses.push(document.parse()?);
            }
            ("Service", "v1") => self.services.push(document.parse()?),
            _ => self.others.push(document),
        }
        Ok(())
    }

    /// What `translate` makes of the Ingresses. The Services, if there are any, take the place of those in the options.
    #[must_use]
    pub fn translate(&self, options: &Options) -> Translation {
        if self.services.is_empty() {
            translate(&self.ingresses, options)
        } else {
            let services = self.services.iter().collect();
            translate(&self.ingresses, &options.clone().with_services(services))
        }
    }
}

/// Compares both Proxies and the reports of each input with its output.
///
/// # Errors
/// As [`Snapshots::check`]; and where an input holds anything but Ingresses and Services.
pub fn translations(folder: impl Into<PathBuf>, options: &Options) -> Result<(), Failures> {
    Snapshots::of(folder).check(|input| {
        let objects = Objects::of(input).map_err(|error| error.to_string())?;
        match objects.others.first() {
            Some(other) => {
                let (place, kind, version) = (other.place(), other.kind(), other.api_version());
                Err(format!("{place}: {kind} of {version} is not an Ingress of Knative or a Service"))
            }
            None => Ok(objects.translate(options)),
        }
    })
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unusable(errors) = self;
        for (index, error) in errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Unusable {}
