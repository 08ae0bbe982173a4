//! The JSON fields of every object: name, API era, and whether Go's encoder leaves out the zero value.
//!
//! Source: `pkg/apis/networking/v1alpha1/ingress_types.go` of knative/serving 0.12 (legacy) and of
//! knative/networking in August 2026 (current). Both list the fields that they share in the same order.

use crate::go_object::go_object;
use crate::{
    Condition, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpRetry, IngressBackendSplit,
    IngressRule, IngressSpec, IngressStatus, IngressTls, LoadBalancerIngress, LoadBalancerStatus,
};

go_object!(IngressSpec {
    generation = "generation" Legacy Omit,
    tls = "tls" All Omit,
    rules = "rules" All Omit,
    visibility = "visibility" Legacy Omit,
    http_option = "httpOption" Current Omit,
});

go_object!(IngressTls {
    hosts = "hosts" All Omit,
    secret_name = "secretName" All Omit,
    secret_namespace = "secretNamespace" All Omit,
    server_certificate = "serverCertificate" Legacy Omit,
    private_key = "privateKey" Legacy Omit,
});

go_object!(IngressRule {
    hosts = "hosts" All Omit,
    visibility = "visibility" All Omit,
    http = "http" All Omit,
});

go_object!(HttpIngressRuleValue {
    paths = "paths" All Write,
});

go_object!(HttpIngressPath {
    path = "path" All Omit,
    rewrite_host = "rewriteHost" Current Omit,
    headers = "headers" Current Omit,
    splits = "splits" All Write,
    append_headers = "appendHeaders" All Omit,
    timeout = "timeout" Legacy Omit,
    retries = "retries" Legacy Omit,
});

go_object!(HeaderMatch {
    exact = "exact" All Write,
});

go_object!(IngressBackendSplit {
    service_namespace = "serviceNamespace" All Write,
    service_name = "serviceName" All Write,
    service_port = "servicePort" All Write,
    percent = "percent" All Omit,
    append_headers = "appendHeaders" All Omit,
});

go_object!(HttpRetry {
    attempts = "attempts" All Write,
    per_try_timeout = "perTryTimeout" All Write,
});

go_object!(IngressStatus {
    observed_generation = "observedGeneration" All Omit,
    conditions = "conditions" All Omit,
    annotations = "annotations" All Omit,
    load_balancer = "loadBalancer" Legacy Omit,
    public_load_balancer = "publicLoadBalancer" All Omit,
    private_load_balancer = "privateLoadBalancer" All Omit,
});

// Go writes an unset lastTransitionTime as `null`, which its own CRD schema refuses since networking 1.6.
go_object!(Condition {
    r#type = "type" All Write,
    status = "status" All Write,
    severity = "severity" All Omit,
    last_transition_time = "lastTransitionTime" All Omit,
    reason = "reason" All Omit,
    message = "message" All Omit,
});

go_object!(LoadBalancerStatus {
    ingress = "ingress" All Omit,
});

go_object!(LoadBalancerIngress {
    ip = "ip" All Omit,
    domain = "domain" All Omit,
    domain_internal = "domainInternal" All Omit,
    mesh_only = "meshOnly" All Omit,
});
