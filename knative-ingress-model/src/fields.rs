//! The JSON fields of every object: name, ages, and whether Go's encoder leaves out the zero value.
//!
//! Source: `pkg/apis/networking/v1alpha1/ingress_types.go` of knative/serving 0.12 (early) and of
//! knative/networking in August 2026 (today); the two orders agree wherever they share a field.

use crate::object::go_object;
use crate::{
    Condition, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpRetry, IngressBackendSplit,
    IngressRule, IngressSpec, IngressStatus, IngressTls, LoadBalancerIngress, LoadBalancerStatus,
};

go_object!(IngressSpec {
    generation = "generation" Early Omit,
    tls = "tls" Every Omit,
    rules = "rules" Every Omit,
    visibility = "visibility" Early Omit,
    http_option = "httpOption" Today Omit,
});

go_object!(IngressTls {
    hosts = "hosts" Every Omit,
    secret_name = "secretName" Every Omit,
    secret_namespace = "secretNamespace" Every Omit,
    server_certificate = "serverCertificate" Early Omit,
    private_key = "privateKey" Early Omit,
});

go_object!(IngressRule {
    hosts = "hosts" Every Omit,
    visibility = "visibility" Every Omit,
    http = "http" Every Omit,
});

go_object!(HttpIngressRuleValue {
    paths = "paths" Every Write,
});

go_object!(HttpIngressPath {
    path = "path" Every Omit,
    rewrite_host = "rewriteHost" Today Omit,
    headers = "headers" Today Omit,
    splits = "splits" Every Write,
    append_headers = "appendHeaders" Every Omit,
    timeout = "timeout" Early Omit,
    retries = "retries" Early Omit,
});

go_object!(HeaderMatch {
    exact = "exact" Every Write,
});

go_object!(IngressBackendSplit {
    service_namespace = "serviceNamespace" Every Write,
    service_name = "serviceName" Every Write,
    service_port = "servicePort" Every Write,
    percent = "percent" Every Omit,
    append_headers = "appendHeaders" Every Omit,
});

go_object!(HttpRetry {
    attempts = "attempts" Every Write,
    per_try_timeout = "perTryTimeout" Every Write,
});

go_object!(IngressStatus {
    observed_generation = "observedGeneration" Every Omit,
    conditions = "conditions" Every Omit,
    annotations = "annotations" Every Omit,
    load_balancer = "loadBalancer" Early Omit,
    public_load_balancer = "publicLoadBalancer" Every Omit,
    private_load_balancer = "privateLoadBalancer" Every Omit,
});

// Go writes an unset lastTransitionTime as `null`, which its own CRD schema refuses since networking 1.6.
go_object!(Condition {
    r#type = "type" Every Write,
    status = "status" Every Write,
    severity = "severity" Every Omit,
    last_transition_time = "lastTransitionTime" Every Omit,
    reason = "reason" Every Omit,
    message = "message" Every Omit,
});

go_object!(LoadBalancerStatus {
    ingress = "ingress" Every Omit,
});

go_object!(LoadBalancerIngress {
    ip = "ip" Every Omit,
    domain = "domain" Every Omit,
    domain_internal = "domainInternal" Every Omit,
    mesh_only = "meshOnly" Every Omit,
});
