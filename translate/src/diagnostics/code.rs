use std::fmt;

use crate::Severity;

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $word:literal, $severity:ident; )+) => {
        /// What kind of [`Diagnostic`](crate::Diagnostic) it is. The words are stable: tools may match on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[ $( Self::$name, )+ ];

            /// Its word, as `domain-conflict`.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $word, )+ }
            }

            /// What it means and what to do.
            pub const fn explanation(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc, "\n"),+), )+ }
            }

            /// How grave it is where the dialect is `Knative`.
            pub const fn severity(self) -> Severity {
                match self { $( Self::$name => Severity::$severity, )+ }
            }
        }
    };
}

codes! {
    /// The class annotation is missing or names another gateway, so the Ingress is not translated. Set
    /// `networking.knative.dev/ingress.class` to the class of the options, or turn the filter off (`ClassFilter::Any`).
    OtherClass = "other-class", Info;
    /// Another object of the same namespace and name was given later and replaces this one, as `kubectl apply` would.
    Replaced = "replaced", Warning;
    /// The object's own name or namespace is missing, or is not valid in Kubernetes.
    InvalidObjectName = "invalid-object-name", Error;
    /// The object has a field that no release of Knative knows. It has no effect: fix the name or remove the field.
    UnknownField = "unknown-field", Warning;
    /// The field is from an older release and nothing reads it any more. It has no effect.
    ObsoleteField = "obsolete-field", Warning;
    /// The chosen Gloo dialect ignores this field, as that release of Gloo did. The `Knative` dialect reads it.
    IgnoredByDialect = "ignored-by-dialect", Warning;
    /// A field that Knative requires is missing or empty (Knative's validation: `missing field(s)`).
    MissingField = "missing-field", Error;
    /// Knative's validation does not allow this value (`invalid value`).
    InvalidValue = "invalid-value", Error;
    /// The percentages of a path don't add up to 100 (Knative's validation).
    PercentTotal = "percent-total", Error;
    /// A host is not a DNS name: letters, digits and hyphens in labels of at most 63 characters, 253 in all, with an optional
    /// leading `*.`; no port, no IP address, no other character. Write international names as punycode (`xn--…`).
    InvalidHost = "invalid-host", Error;
    /// A rule has no hosts. It would match every host that nobody else has, and others' hosts with a trailing dot or an unusual
    /// port. List the hosts (`hosts`, not `Hosts`), or allow such rules with `allow_catch_all`.
    RuleWithoutHosts = "rule-without-hosts", Error;
    /// A host is an in-cluster name (`….svc`, `….svc.<cluster domain>`, `….<digits>`) of another namespace. An Ingress may only take its
    /// own namespace's names, unless `allow_foreign_cluster_hosts` is on.
    ForeignHost = "foreign-host", Error;
    /// A host looks like an in-cluster name of the Ingress's own namespace, but has another cluster domain than the options. It is
    /// served as written, without short names. Check that `cluster_domain` is the cluster's.
    OtherClusterDomain = "other-cluster-domain", Warning;
    /// Another Ingress owns this domain: the one created first, or for an in-cluster short name the one that owns the long
    /// name. It keeps the domain even while it is rejected. This Ingress is served on its other domains, and gets this one when the
    /// other Ingress is deleted or stops listing it.
    DomainConflict = "domain-conflict", Warning;
    /// No request can reach this route: an earlier route matches them all, or no request can have such a path or header.
    UnreachableRoute = "unreachable-route", Warning;
    /// The path can only be written as a regular expression (Gloo refuses it as a prefix), and the expression is larger
    /// than Envoy's limit `regex_max_program_size`. Shorten the path, or raise the limit here and in Gloo's settings.
    RegexTooLarge = "regex-too-large", Error;
    /// Rules of the Ingress share hosts. Such a host has the routes of all its rules, and that makes more than 10,000 routes, or 4 MiB.
    /// Split the Ingress, or list each host in one rule only.
    TooManyRoutes = "too-many-routes", Error;
    /// The Ingress fills more bytes of a Proxy than the option `max_output_bytes` allows to one Ingress. Split it, or use fewer hosts,
    /// paths and headers.
    OutputTooLarge = "output-too-large", Error;
    /// There are more diagnostics of this Ingress than are shown. Fix those, and the others appear.
    MoreDiagnostics = "more-diagnostics", Warning;
    /// A header name is empty, longer than 16,384 bytes, or has characters that HTTP does not allow in one.
    InvalidHeaderName = "invalid-header-name", Error;
    /// A path or a split sets more headers than Envoy accepts in one place.
    TooManyHeaders = "too-many-headers", Error;
    /// A header may not be set by an Ingress: `Host` and names with a leading `:` (Envoy refuses them; use `rewriteHost`),
    /// and those that belong to a single connection (`Connection`, `Content-Length`, `Transfer-Encoding` …).
    ForbiddenHeader = "forbidden-header", Error;
    /// A header value has a control character (a line break could smuggle in another header), or is longer than 16,384 bytes.
    InvalidHeaderValue = "invalid-header-value", Error;
    /// A header is named twice, in different cases. HTTP header names ignore case.
    DuplicateHeader = "duplicate-header", Error;
    /// A header is set for the path and for a split. The path's value wins.
    HeaderSetTwice = "header-set-twice", Warning;
    /// `rewriteHost` is not a DNS name.
    InvalidRewriteHost = "invalid-rewrite-host", Error;
    /// `rewriteHost` names, or could name, another namespace's service (`svc.ns`, `svc.ns.svc`, the long form). The option
    /// `allow_foreign_cluster_hosts` allows that. Or a backend is a gateway, and `rewriteHost` is missing or is not a full in-cluster name
    /// (`….ns.svc`, `….ns.svc.<cluster domain>`) of the Ingress's own namespace: any other name could make a loop of gateways.
    ForeignRewriteHost = "foreign-rewrite-host", Error;
    /// A backend is in another namespace than its Ingress (Knative's validation since 0.13), directly or through an
    /// ExternalName. The option `allow_foreign_backends` allows it.
    ForeignBackend = "foreign-backend", Error;
    /// A rule for an in-cluster name, or for every host, has a gateway as backend: its requests could loop between the gateways.
    /// For a mapped domain Knative writes a rule with a host outside of the cluster.
    GatewayLoop = "gateway-loop", Error;
    /// A Service name is not valid in Kubernetes.
    InvalidServiceName = "invalid-service-name", Error;
    /// A port is not between 1 and 65535, or its name is empty.
    InvalidPort = "invalid-port", Error;
    /// The number of a named port is not known. Pass `Services` to the options, and check that the Service has a port of that name.
    UnresolvedPort = "unresolved-port", Error;
    /// The Service is not among those passed in, or has no such port. Requests get 503 until it exists.
    ServiceNotFound = "service-not-found", Warning;
    /// An ExternalName Service points outside of the cluster, or in a circle. Gloo can't send requests there.
    ExternalNameTarget = "external-name-target", Error;
    /// An unknown visibility: expected `ExternalIP` or `ClusterLocal`. (Knative serves such a rule nowhere.)
    InvalidVisibility = "invalid-visibility", Error;
    /// A timeout is below zero, or longer than Envoy can count (9223372035.999999999s).
    InvalidTimeout = "invalid-timeout", Error;
    /// A timeout is shorter than a millisecond, Envoy's unit. It is rounded up to one, since zero would mean no timeout.
    RoundedTimeout = "rounded-timeout", Warning;
    /// The number of retries is negative, or larger than Envoy can count.
    InvalidRetries = "invalid-retries", Error;
    /// A host of a certificate is not a DNS name (a leading `*.` is allowed).
    InvalidTlsHost = "invalid-tls-host", Error;
    /// A Secret's name or namespace is not valid in Kubernetes.
    InvalidSecretName = "invalid-secret-name", Error;
    /// A certificate is in another namespace than its Ingress. The option `allow_foreign_secrets` allows it.
    ForeignSecret = "foreign-secret", Error;
    /// The Secret of this certificate is not among the Secrets passed in. The certificate's hosts have no `https`, and plain HTTP
    /// doesn't redirect to it, until the Secret exists.
    SecretNotFound = "secret-not-found", Warning;
    /// Gloo or Envoy would refuse the content of this certificate's Secret, and with it every change of the `https` listener. The
    /// certificate's hosts have no `https`, and plain HTTP doesn't redirect to it, until the Secret is fixed.
    UnusableSecret = "unusable-secret", Warning;
    /// A certificate is not used: it is for no host of the Ingress, or an earlier one is already for all of its hosts.
    UnusedCertificate = "unused-certificate", Warning;
    /// `httpOption` is `Redirected`, but this host has no certificate: it is served over plain HTTP.
    RedirectWithoutCertificate = "redirect-without-certificate", Warning;
    /// A rule has no `http`. Gloo skipped it.
    RuleWithoutHttp = "rule-without-http", Warning;
    /// A certificate has its own file names inside the Secret (other than `tls.crt` and `tls.key`). Gloo 1.3 skipped it.
    SkippedCertificate = "skipped-certificate", Warning;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
