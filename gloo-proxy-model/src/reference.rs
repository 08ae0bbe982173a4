/// A resource by name and namespace: `{name, namespace}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}
