/// What a gateway answers a [`Probe`](crate::Probe) with once it serves the Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpectedAnswer {
    /// The backend's answer, which carries the hash.
    Hash,
    /// The gateway's own redirect to `https`, which carries no hash: `httpOption: Redirected`.
    Redirect,
}
