use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{IngressSpec, IngressStatus, UnknownFields};

/// A Knative Ingress, or a ClusterIngress of Knative 0.2 to 0.9, which has the same fields.
///
/// Written with `apiVersion` and `kind`; they may be missing when it is read, as in the items of a list. Of `metadata` it keeps
/// the fields of [`ObjectMeta`], like an API server.
///
/// ```
/// use knative_ingress_model::Ingress;
///
/// let ingress = Ingress::from_json(br#"{"metadata": {"name": "shop"}, "spec": {"httpOption": "Enabled"}}"#)?;
/// assert_eq!(ingress.name(), "shop");
/// assert_eq!(
///     serde_json::to_string(&ingress)?,
///     r#"{"apiVersion":"networking.internal.knative.dev/v1alpha1","kind":"Ingress","metadata":{"name":"shop"},"spec":{"httpOption":"Enabled"}}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::whole_as_read::<Ingress>))]
pub struct Ingress {
    /// `kind`: Ingress or ClusterIngress.
    pub kind: IngressKind,
    /// Name, namespace, labels, annotations and so on.
    pub metadata: ObjectMeta,
    /// The desired state.
    pub spec: IngressSpec,
    /// The observed state. An empty one isn't written.
    pub status: IngressStatus,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// The `kind` of an [`Ingress`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IngressKind {
    /// `Ingress`, namespaced. Since 0.7.
    #[default]
    Ingress,
    /// `ClusterIngress`, cluster-scoped: its namespace is `""`. 0.2 to 0.9.
    ClusterIngress,
}

/// The identity of an Ingress: its namespace, name and kind. Ordered by namespace, then name, then kind.
///
/// An Ingress without a namespace (there is none in a cluster) isn't the ClusterIngress of that name:
///
/// ```
/// use knative_ingress_model::IngressRef;
///
/// let cluster_ingress = IngressRef::cluster_ingress("shop");
/// assert_ne!(cluster_ingress, IngressRef::new("", "shop"));
/// assert_eq!(cluster_ingress.to_string(), "shop");
/// assert_eq!(IngressRef::new("team-a", "shop").to_string(), "team-a/shop");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IngressRef {
    /// `metadata.namespace`; `""` for a ClusterIngress.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `kind`.
    pub kind: IngressKind,
}

impl IngressRef {
    /// The Ingress of that namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), kind: IngressKind::Ingress }
    }

    /// The ClusterIngress of that name.
    pub fn cluster_ingress(name: impl Into<String>) -> Self {
        Self { namespace: String::new(), name: name.into(), kind: IngressKind::ClusterIngress }
    }
}

impl Ingress {
    /// `metadata.namespace`, or `""`.
    pub fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// `metadata.name`, or `""`.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its namespace, name and kind.
    pub fn reference(&self) -> IngressRef {
        IngressRef { namespace: self.namespace().to_owned(), name: self.name().to_owned(), kind: self.kind }
    }
}

impl IngressKind {
    /// The value of `kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::ClusterIngress => "ClusterIngress",
        }
    }
}

impl std::fmt::Display for IngressKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for IngressRef {
    /// `namespace/name`; for a ClusterIngress only the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { namespace, name, kind } = self;
        match kind {
            IngressKind::ClusterIngress if namespace.is_empty() => f.write_str(name),
            IngressKind::Ingress | IngressKind::ClusterIngress => write!(f, "{namespace}/{name}"),
        }
    }
}
