//! The names of annotations, labels and headers that Knative uses with an Ingress.
//!
//! Source: `pkg/apis/networking/register.go` and `pkg/http/header` of knative/networking, `pkg/apis/serving/register.go`
//! of knative/serving (August 2026; the legacy ones January 2020).

/// Annotation: which implementation serves this Ingress, `gloo.ingress.networking.knative.dev` for Gloo.
/// A controller serves only Ingresses with exactly its class. An Ingress without a class is served by none.
pub const INGRESS_CLASS: &str = "networking.knative.dev/ingress.class";
/// Annotation on a Route or Service only: the newer spelling of [`INGRESS_CLASS`]. On an Ingress it has no effect.
pub const INGRESS_CLASS_ALTERNATIVE: &str = "networking.knative.dev/ingress-class";
/// Annotation: which implementation issues the certificates.
pub const CERTIFICATE_CLASS: &str = "networking.knative.dev/certificate.class";
/// Annotation: the newer spelling of [`CERTIFICATE_CLASS`].
pub const CERTIFICATE_CLASS_ALTERNATIVE: &str = "networking.knative.dev/certificate-class";
/// Annotation: [`CERTIFICATE_CLASS`] in January 2020.
pub const CERTIFICATE_CLASS_LEGACY: &str = "networking.internal.knative.dev/certificate.class";
/// Annotations: no certificate for public hosts. The first one that is present wins, even if it is empty.
pub const DISABLE_EXTERNAL_DOMAIN_TLS: [&str; 3] = [
    "networking.knative.dev/disableAutoTLS",
    "networking.knative.dev/disable-auto-tls",
    "networking.knative.dev/disable-external-domain-tls",
];
/// Annotations on a Route: the value of `spec.httpOption`, in upper or lower case. The first one that is present wins.
pub const HTTP_PROTOCOL: [&str; 2] =
    ["networking.knative.dev/httpOption", "networking.knative.dev/http-protocol"];
/// Label on a Route or Service: `cluster-local` keeps it inside the cluster.
pub const VISIBILITY: &str = "networking.knative.dev/visibility";
/// Label: [`VISIBILITY`] in January 2020.
pub const VISIBILITY_LEGACY: &str = "serving.knative.dev/visibility";
/// The value of [`VISIBILITY`].
pub const VISIBILITY_CLUSTER_LOCAL: &str = "cluster-local";
/// Label on a certificate: the wildcard domain that it is for.
pub const WILDCARD_DOMAIN: &str = "networking.knative.dev/wildcardDomain";
/// Label on a certificate: what it is for.
pub const CERTIFICATE_TYPE: &str = "networking.knative.dev/certificate-type";
/// Label on a ConfigMap: it contains trusted certificate authorities.
pub const TRUST_BUNDLE: &str = "networking.knative.dev/trust-bundle";
/// Label on generated resources: the name of the Ingress that they come from.
pub const INGRESS: &str = "networking.internal.knative.dev/ingress";
/// Annotation on an Ingress: the state of a gradual rollout, JSON. Since 0.20.
pub const ROLLOUT: &str = "networking.internal.knative.dev/rollout";
/// Annotation on an Ingress: the hosts of each tag, JSON. Since 1.22.
pub const TAG_TO_HOST: &str = "networking.internal.knative.dev/tag-to-host";
/// Label: the tag that a generated resource is for.
pub const TAG: &str = "networking.internal.knative.dev/tag";
/// Label on a Secret: the UID of the Certificate that it contains.
pub const CERTIFICATE_UID: &str = "networking.internal.knative.dev/certificate-uid";
/// Label on a copied Secret: the name of the original.
pub const ORIGIN_SECRET_NAME: &str = "networking.internal.knative.dev/originSecretName";
/// Label on a copied Secret: the namespace of the original.
pub const ORIGIN_SECRET_NAMESPACE: &str = "networking.internal.knative.dev/originSecretNamespace";
/// Label on an Ingress: the Route that it comes from.
pub const ROUTE: &str = "serving.knative.dev/route";
/// Label on an Ingress: the namespace of [`ROUTE`].
pub const ROUTE_NAMESPACE: &str = "serving.knative.dev/routeNamespace";
/// Label on an Ingress: the Service that it comes from.
pub const SERVICE: &str = "serving.knative.dev/service";
/// Label on an Ingress: the DomainMapping that it comes from. Since 0.19.
pub const DOMAIN_MAPPING_UID: &str = "serving.knative.dev/domainMappingUID";
/// Label on an Ingress: the namespace of [`DOMAIN_MAPPING_UID`]. Since 0.19.
pub const DOMAIN_MAPPING_NAMESPACE: &str = "serving.knative.dev/domainMappingNamespace";

/// Header: the probe hash; in a probe's request [`HASH_OVERRIDE`], which the gateway replaces by the hash.
pub const HASH_HEADER: &str = "K-Network-Hash";
/// The value of [`HASH_HEADER`] that asks for the hash. Since 0.18.
pub const HASH_OVERRIDE: &str = "override";
/// Header: `probe` makes the backend answer itself, without the application.
pub const PROBE_HEADER: &str = "K-Network-Probe";
/// The value of [`PROBE_HEADER`].
pub const PROBE_VALUE: &str = "probe";
/// Header: the request comes through Knative's activator.
pub const PROXY_REQUEST_HEADER: &str = "K-Proxy-Request";
/// Header: the host that the client asked for, set by the Ingress of a DomainMapping.
pub const ORIGINAL_HOST_HEADER: &str = "K-Original-Host";
/// Header: the request is a probe of the kubelet.
pub const KUBELET_PROBE_HEADER: &str = "K-Kubelet-Probe";
/// Header: the activator leaves the choice of the instance to the mesh.
pub const PASSTHROUGH_LOAD_BALANCING_HEADER: &str = "K-Passthrough-Lb";
/// Header: the tag of the traffic target that a request is for. Since 0.16.
pub const TAG_HEADER: &str = "Knative-Serving-Tag";
/// Header: `true` when no tag was asked for and tag routing is on. Since 0.16.
pub const DEFAULT_ROUTE_HEADER: &str = "Knative-Serving-Default-Route";
/// Header: the revision that a split is for, read by the activator.
pub const REVISION_HEADER: &str = "Knative-Serving-Revision";
/// Header: the namespace of [`REVISION_HEADER`].
pub const NAMESPACE_HEADER: &str = "Knative-Serving-Namespace";
/// `User-Agent` of the prober that waits for an Ingress.
pub const INGRESS_PROBE_USER_AGENT: &str = "Knative-Ingress-Probe";
/// `User-Agent` of the activator's probes.
pub const ACTIVATOR_PROBE_USER_AGENT: &str = "Knative-Activator-Probe";
/// `User-Agent` of the queue proxy's probes.
pub const QUEUE_PROXY_PROBE_USER_AGENT: &str = "Knative-Queue-Proxy-Probe";
/// `User-Agent` of the autoscaler's probes.
pub const AUTOSCALING_PROBE_USER_AGENT: &str = "Knative-Autoscaling-Probe";
/// The prefix of the `User-Agent` of the kubelet's probes.
pub const KUBE_PROBE_USER_AGENT_PREFIX: &str = "kube-probe/";

/// Name of a Service port that speaks HTTP/1.
pub const PORT_NAME_HTTP1: &str = "http";
/// Name of a Service port that speaks HTTP/2 without TLS.
pub const PORT_NAME_H2C: &str = "http2";
/// Name of a Service port that speaks TLS.
pub const PORT_NAME_HTTPS: &str = "https";
/// `appProtocol` of a Service port that speaks HTTP/2 without TLS.
pub const APP_PROTOCOL_H2C: &str = "kubernetes.io/h2c";
