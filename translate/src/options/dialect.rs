//! The contract that the output follows. Every difference between the dialects is a row of the table below.

/// The contract that the output follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Today's Knative contract, with one tenant's mistakes kept away from the others.
    #[default]
    Knative,
    /// Exactly what Gloo 1.3.0 to 1.3.3 gave (January 2020), pinned by recordings of it.
    Gloo1_3,
    /// Exactly what Gloo 1.22 gave, the last to translate Knative's Ingresses, pinned by recordings of it.
    Gloo1_22,
}

impl Dialect {
    /// Every dialect, the default first.
    pub const ALL: [Self; 3] = [Self::Knative, Self::Gloo1_3, Self::Gloo1_22];

    /// Its word on a command line: `knative`, `gloo-1.3`, `gloo-1.22`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Knative => "knative",
            Self::Gloo1_3 => "gloo-1.3",
            Self::Gloo1_22 => "gloo-1.22",
        }
    }

    pub(crate) const fn contract(self) -> &'static Contract {
        match self {
            Self::Knative => &KNATIVE,
            Self::Gloo1_3 => &GLOO_1_3,
            Self::Gloo1_22 => &GLOO_1_22,
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(word: &str) -> Result<Self, UnknownDialect> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == word)
            .ok_or_else(|| UnknownDialect(word.to_owned()))
    }
}

/// A word that names no [`Dialect`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect {0:?}: expected knative, gloo-1.3 or gloo-1.22")]
pub struct UnknownDialect(String);

/// One column of the table: how a dialect decides each point.
#[derive(Debug)]
pub(crate) struct Contract {
    /// Whether Ingresses of another class, or of none, are skipped unless the options say otherwise.
    pub(crate) class_required: bool,
    /// Whether the input is checked against Knative's validation and what Gloo and Envoy can take; an Ingress that
    /// fails is left out. Gloo let everything through.
    pub(crate) validates: bool,
    /// Ports that the listeners bind.
    pub(crate) bind_ports: Ports,
    pub(crate) domains: Domains,
    pub(crate) path: PathMeaning,
    /// Whether fields that Knative added in 2020 and later (`headers`, `rewriteHost`, `httpOption`), and the probe, have an effect.
    pub(crate) supports_fields_since_2020: bool,
    pub(crate) append_headers: AppendHeaders,
    pub(crate) timeout: Timeout,
    pub(crate) retries: Retries,
    pub(crate) zero_percent: ZeroPercent,
    pub(crate) visibility: VisibilityOf,
    pub(crate) tls: Tls,
    pub(crate) duplicate_domains: DuplicateDomains,
    /// Value of the label `created_by` on both Proxies.
    pub(crate) created_by: &'static str,
}

/// A port for each listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) https: u16,
}

/// Order of a virtual host's domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domains {
    /// Hosts as written, each followed by its short names; a domain that stands there already is dropped.
    SpecOrderUnique,
    /// The same, duplicates kept.
    SpecOrder,
    /// Sorted by bytes, duplicates dropped.
    SortedSet,
}

/// Meaning of `paths[].path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathMeaning {
    /// A literal prefix.
    Prefix,
    /// A regular expression for the whole path.
    WholeRegex,
}

/// Meaning of `appendHeaders`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppendHeaders {
    /// The header is set, `%` is a plain character.
    Set,
    /// The header stands beside the client's, `%` is Envoy's format operator.
    Append,
}

/// What becomes of `paths[].timeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    /// As given, else none.
    GivenOrNone,
    /// As given, else left to Envoy (15 s).
    GivenOrEnvoys,
    /// Always left to Envoy.
    Envoys,
}

/// What becomes of `paths[].retries`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retries {
    /// As given, for every failure that January 2020's contract retried.
    OnFailure,
    /// As given, without a word on which failures: Envoy then retries nothing.
    Unconditional,
    /// Dropped.
    Never,
}

/// How a share of 0 % is written when there are several splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZeroPercent {
    /// The split is left out.
    Dropped,
    /// The split stands without a weight.
    Unset,
    /// The split stands with the weight 0.
    Written,
}

/// Which Proxies get a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VisibilityOf {
    /// The rule's own visibility, else the Ingress's. The internal Proxy gets every rule.
    Rule,
    /// `spec.visibility` alone; public Ingresses go to the external Proxy, the others to the internal one.
    Spec,
    /// An Ingress with a public rule, or with none at all, goes to the external Proxy whole, every one to the internal.
    AnyRule,
}

/// What TLS does to an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Hosts that a certificate covers are served on `https` too.
    AddsHttps,
    /// With any certificate the whole Ingress leaves `http` for `https`.
    MovesToHttps {
        /// Whether entries with file names of their own inside the Secret are left out.
        skips_custom_file_names: bool,
    },
}

/// What happens to a domain in several virtual hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DuplicateDomains {
    /// One Ingress owns it, the others get a warning.
    OneOwner,
    /// It is written twice, and Gloo and Envoy refuse the whole.
    Emitted,
}

static KNATIVE: Contract = Contract {
    class_required: true,
    validates: true,
    bind_ports: Ports { http: 80, https: 443 },
    domains: Domains::SpecOrderUnique,
    path: PathMeaning::Prefix,
    supports_fields_since_2020: true,
    append_headers: AppendHeaders::Set,
    timeout: Timeout::GivenOrNone,
    retries: Retries::OnFailure,
    zero_percent: ZeroPercent::Dropped,
    visibility: VisibilityOf::Rule,
    tls: Tls::AddsHttps,
    duplicate_domains: DuplicateDomains::OneOwner,
    created_by: "gloo-knative-translator",
};

static GLOO_1_3: Contract = Contract {
    class_required: false,
    validates: false,
    bind_ports: Ports { http: 80, https: 443 },
    domains: Domains::SpecOrder,
    path: PathMeaning::WholeRegex,
    supports_fields_since_2020: false,
    append_headers: AppendHeaders::Append,
    timeout: Timeout::GivenOrEnvoys,
    retries: Retries::Unconditional,
    zero_percent: ZeroPercent::Unset,
    visibility: VisibilityOf::Spec,
    tls: Tls::MovesToHttps { skips_custom_file_names: true },
    duplicate_domains: DuplicateDomains::Emitted,
    created_by: "gloo-knative-translator",
};

static GLOO_1_22: Contract = Contract {
    class_required: false,
    validates: false,
    bind_ports: Ports { http: 8080, https: 8443 },
    domains: Domains::SortedSet,
    path: PathMeaning::WholeRegex,
    supports_fields_since_2020: false,
    append_headers: AppendHeaders::Append,
    timeout: Timeout::Envoys,
    retries: Retries::Never,
    zero_percent: ZeroPercent::Written,
    visibility: VisibilityOf::AnyRule,
    tls: Tls::MovesToHttps { skips_custom_file_names: false },
    duplicate_domains: DuplicateDomains::Emitted,
    created_by: "gloo-knative",
};
