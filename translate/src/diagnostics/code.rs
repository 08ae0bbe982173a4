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
    /// The object's own name or namespace is missing or is none that Kubernetes allows.
    InvalidObjectName = "invalid-object-name", Error;
    /// The object has a field that no release of Knative knows. It has no effect: fix the name or remove the field.
    UnknownField = "unknown-field", Warning;
    /// The field is from an older release and nothing reads it any more. It has no effect.
    ObsoleteField = "obsolete-field", Warning;
    /// The chosen Gloo dialect ignores this field, as that release of Gloo did. The `Knative` dialect reads it.
    IgnoredByDialect = "ignored-by-dialect", Warning;
    /// A field that Knative requires is missing or empty (Knative's validation: `missing field(s)`).
    MissingField = "missing-field", Error;
    /// A field's value is outside of what Knative's validation allows (`invalid value`).
    InvalidValue = "invalid-value", Error;
    /// The percentages of a path don't total 100 (Knative's validation).
    PercentTotal = "percent-total", Error;
    /// A host is no DNS name: letters, digits and hyphens in labels of at most 63 characters, 253 in all, an optional
    /// leading `*.`; no port, no IP address, no other character. International names go in as punycode (`xn--…`).
    InvalidHost = "invalid-host", Error;
    /// A rule has no hosts: it would be for every host that nobody else has, for names with a trailing dot and for unusual ports
    /// of others' hosts. List the hosts (`hosts`, not `Hosts`), or allow it by `allow_catch_all`.
    RuleWithoutHosts = "rule-without-hosts", Error;
    /// A host is an in-cluster name (`….svc`, `….svc.<cluster domain>`, `….<digits>`) of another namespace. An Ingress may only take its
    /// own namespace's names, unless `allow_foreign_cluster_hosts` is on.
    ForeignHost = "foreign-host", Error;
    /// A host looks like an in-cluster name of the Ingress's own namespace, but of another cluster domain than that of the options. It is
    /// served as it is written, without short names. See that `cluster_domain` is the cluster's.
    OtherClusterDomain = "other-cluster-domain", Warning;
    /// Another Ingress owns this domain: the one created first, or for an in-cluster short name the one that holds the long
    /// name. It keeps it also while it is rejected. This Ingress is served on its other domains, and gets this one when the other goes.
    DomainConflict = "domain-conflict", Warning;
    /// No request can reach this route: an earlier one takes them all, or no request's path can look like this.
    UnreachableRoute = "unreachable-route", Warning;
    /// The path can only be written as a regular expression (Gloo refuses it as a prefix), and the expression is larger
    /// than Envoy's limit `regex_max_program_size`. Shorten the path, or raise the limit here and in Gloo's settings.
    RegexTooLarge = "regex-too-large", Error;
    /// Rules of the Ingress share hosts, each of which then has the routes of all its rules, and that comes to more than 10,000 routes, or 4 MiB.
    /// Split the Ingress, or let each host stand in one rule.
    TooManyRoutes = "too-many-routes", Error;
    /// The Ingress comes to more bytes in a Proxy than one may have: the option `max_output_bytes`, far below what etcd takes for all
    /// of them. Split the Ingress, or give it fewer hosts, paths and headers.
    OutputTooLarge = "output-too-large", Error;
    /// There are more diagnostics of this Ingress than are shown. Fix those that are, and the others come up.
    MoreDiagnostics = "more-diagnostics", Warning;
    /// A header name is empty, longer than 16,384 bytes, or has characters that HTTP does not allow in one.
    InvalidHeaderName = "invalid-header-name", Error;
    /// A path or a split sets more headers than Envoy takes in one place.
    TooManyHeaders = "too-many-headers", Error;
    /// A header may not be set by an Ingress: `Host` and names with a leading `:` (Envoy refuses them; use `rewriteHost`),
    /// and those that belong to a single connection (`Connection`, `Content-Length`, `Transfer-Encoding` …).
    ForbiddenHeader = "forbidden-header", Error;
    /// A header value has a control character (a line break could smuggle in another header), or is longer than 16,384 bytes.
    InvalidHeaderValue = "invalid-header-value", Error;
    /// One header is named twice in different cases, which HTTP does not tell apart.
    DuplicateHeader = "duplicate-header", Error;
    /// A header is set for the path and for a split. The path's value wins.
    HeaderSetTwice = "header-set-twice", Warning;
    /// `rewriteHost` is no DNS name.
    InvalidRewriteHost = "invalid-rewrite-host", Error;
    /// `rewriteHost` names, or could name, another namespace's service (`svc.ns`, `svc.ns.svc`, the long form), which
    /// `allow_foreign_cluster_hosts` allows. Or a backend is a gateway, and `rewriteHost` is missing or is no full in-cluster name
    /// (`….ns.svc`, `….ns.svc.<cluster domain>`) of the Ingress's own namespace: any other could lead back to a gateway in a loop.
    ForeignRewriteHost = "foreign-rewrite-host", Error;
    /// A backend is in another namespace than its Ingress (Knative's validation since 0.13), be it directly or by an
    /// ExternalName. `allow_foreign_backends` allows it.
    ForeignBackend = "foreign-backend", Error;
    /// A rule for an in-cluster name, or for every host, has a gateway for a backend: its requests could go round in the gateways
    /// in a loop. What Knative writes for a mapped domain is a rule for a host outside of the cluster.
    GatewayLoop = "gateway-loop", Error;
    /// A Service name that Kubernetes does not allow.
    InvalidServiceName = "invalid-service-name", Error;
    /// A port that is not between 1 and 65535, or an empty name.
    InvalidPort = "invalid-port", Error;
    /// A port's name whose number is not known: give `Services` to the options, and see that the Service has a port of that name.
    UnresolvedPort = "unresolved-port", Error;
    /// The Service is not among those given, or has no such port. Requests get 503 until it is there.
    ServiceNotFound = "service-not-found", Warning;
    /// An ExternalName Service points out of the cluster, or in a circle. Gloo can't send requests there.
    ExternalNameTarget = "external-name-target", Error;
    /// An unknown visibility: expected `ExternalIP` or `ClusterLocal`. (Knative serves such a rule nowhere.)
    InvalidVisibility = "invalid-visibility", Error;
    /// A timeout below zero, or longer than Envoy can count (9223372035.999999999s).
    InvalidTimeout = "invalid-timeout", Error;
    /// A timeout below Envoy's unit, a millisecond; it is rounded up to one, since zero would mean none.
    RoundedTimeout = "rounded-timeout", Warning;
    /// More retries than Envoy can count, or fewer than none.
    InvalidRetries = "invalid-retries", Error;
    /// A host of a certificate is no DNS name, optionally with a leading `*.`.
    InvalidTlsHost = "invalid-tls-host", Error;
    /// A Secret's name or namespace is none that Kubernetes allows.
    InvalidSecretName = "invalid-secret-name", Error;
    /// A certificate is in another namespace than its Ingress. `allow_foreign_secrets` allows it.
    ForeignSecret = "foreign-secret", Error;
    /// Secrets are given, and the one of this certificate is not among them. The certificate's hosts have no `https`, and plain HTTP
    /// doesn't redirect to it, until the Secret is there.
    SecretNotFound = "secret-not-found", Warning;
    /// Gloo or Envoy would refuse what the Secret of this certificate holds, and with it every change of the `https` listener. The
    /// certificate's hosts have no `https`, and plain HTTP doesn't redirect to it, until the Secret is fixed.
    UnusableSecret = "unusable-secret", Warning;
    /// A certificate is for no host of the Ingress, or an earlier one already is for all of its hosts. It is not used.
    UnusedCertificate = "unused-certificate", Warning;
    /// `httpOption` is `Redirected`, but no certificate is for this host: it is served over plain HTTP.
    RedirectWithoutCertificate = "redirect-without-certificate", Warning;
    /// A rule without `http`. Gloo skipped it.
    RuleWithoutHttp = "rule-without-http", Warning;
    /// A certificate with file names of its own inside the Secret (other than `tls.crt`, `tls.key`). Gloo 1.3 skipped it.
    SkippedCertificate = "skipped-certificate", Warning;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
