/// Name of the Proxy that serves everybody.
pub const EXTERNAL_PROXY: &str = "knative-external-proxy";
/// Name of the Proxy that serves clients inside the cluster.
pub const INTERNAL_PROXY: &str = "knative-internal-proxy";

/// Which of the two Proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gateway {
    /// Serves everybody: rules of visibility `ExternalIP`.
    External,
    /// Serves clients inside the cluster: all rules.
    Internal,
}

impl Gateway {
    /// Both, the external first.
    pub const ALL: [Self; 2] = [Self::External, Self::Internal];

    /// Name of its Proxy.
    pub const fn proxy_name(self) -> &'static str {
        match self {
            Self::External => EXTERNAL_PROXY,
            Self::Internal => INTERNAL_PROXY,
        }
    }

    /// Its word: `external`, `internal`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Internal => "internal",
        }
    }
}

impl std::fmt::Display for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of [`Gateway`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gateways {
    /// Whether the external one is in it.
    pub external: bool,
    /// Whether the internal one is in it.
    pub internal: bool,
}

impl Gateways {
    /// None.
    pub const NONE: Self = Self { external: false, internal: false };
    /// The internal one alone.
    pub const INTERNAL: Self = Self { external: false, internal: true };
    /// The external one alone.
    pub const EXTERNAL: Self = Self { external: true, internal: false };
    /// Both.
    pub const BOTH: Self = Self { external: true, internal: true };

    /// Whether it holds `gateway`.
    pub const fn contains(self, gateway: Gateway) -> bool {
        match gateway {
            Gateway::External => self.external,
            Gateway::Internal => self.internal,
        }
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        !self.external && !self.internal
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { external: self.external || other.external, internal: self.internal || other.internal }
    }

    /// Those of both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self { external: self.external && other.external, internal: self.internal && other.internal }
    }

    /// It with `gateway`.
    #[must_use]
    pub const fn with(self, gateway: Gateway) -> Self {
        match gateway {
            Gateway::External => Self { external: true, ..self },
            Gateway::Internal => Self { internal: true, ..self },
        }
    }

    /// It without `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self { external: self.external && !other.external, internal: self.internal && !other.internal }
    }

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = Gateway> {
        Gateway::ALL.into_iter().filter(move |gateway| self.contains(*gateway))
    }
}

impl std::fmt::Display for Gateways {
    /// `external`, `internal`, `external and internal`, `no`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match (self.external, self.internal) {
            (true, true) => "external and internal",
            (true, false) => "external",
            (false, true) => "internal",
            (false, false) => "no",
        })
    }
}

/// Which of a Proxy's two listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// The listener `http`: plain.
    Http,
    /// The listener `https`: TLS.
    Https,
}

impl Scheme {
    /// Both, in the order in which a Proxy lists them.
    pub const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// Name of the listener.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl std::fmt::Display for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
