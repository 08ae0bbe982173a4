use super::{ExpectedAnswer, Probe};
use crate::Scheme;

/// What a gateway answered to a [`Probe`]; the body doesn't matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeAnswer<'a> {
    /// The status code.
    pub status: u16,
    /// The header `K-Network-Hash`.
    pub hash: Option<&'a str>,
    /// The header `Location`.
    pub location: Option<&'a str>,
}

/// What an answer to a [`Probe`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeVerdict {
    /// The gateway serves the Ingress as it is now.
    Served,
    /// It doesn't serve the host yet, or its backend doesn't answer yet.
    NotYet,
    /// It serves another version of the Ingress.
    WrongHash,
}

impl Probe {
    /// What an answer means.
    ///
    /// As in Knative's prober (`pkg/status` of knative/networking) 404 and 503 mean "not yet", and an answer without a hash that
    /// is neither comes from a backend that is not Knative's, which is then reached. Stricter than there is that the gateway's
    /// own redirect to `https` counts where it is expected alone, so that the one of an earlier version is not taken for an
    /// answer of this one.
    pub fn judge(&self, answer: &ProbeAnswer<'_>) -> ProbeVerdict {
        let ProbeAnswer { status, hash, location } = *answer;
        let redirects = matches!(status, 301 | 302 | 303 | 307 | 308)
            && location.is_some_and(|location| self.is_redirected_to(location));
        match (hash, self.expected) {
            _ if matches!(status, 404 | 503) => ProbeVerdict::NotYet,
            (Some(hash), _) if *hash == *self.hash => ProbeVerdict::Served,
            (Some(_), _) => ProbeVerdict::WrongHash,
            (None, ExpectedAnswer::Redirect) if redirects => ProbeVerdict::Served,
            (None, ExpectedAnswer::Redirect) => ProbeVerdict::NotYet,
            (None, ExpectedAnswer::Hash) if redirects => ProbeVerdict::NotYet,
            (None, ExpectedAnswer::Hash) => ProbeVerdict::Served,
        }
    }

    /// Whether `location` is the same URL by `https`, on whatever port.
    fn is_redirected_to(&self, location: &str) -> bool {
        let rest = location.strip_prefix("https://").and_then(|rest| rest.strip_prefix(&self.host));
        let path = rest.map(|rest| match rest.strip_prefix(':') {
            Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        });
        self.scheme == Scheme::Http && path == Some(&self.path)
    }
}

impl ProbeVerdict {
    /// Its words: `served`, `not served yet`, `another version is served`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::NotYet => "not served yet",
            Self::WrongHash => "another version is served",
        }
    }
}

impl std::fmt::Display for ProbeVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
