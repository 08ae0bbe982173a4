use knative_gloo_translate::Scheme;
use knative_ingress_model::{HttpOption, Ingress, IngressSpec, IngressTls};

use super::context::{Context, NAMESPACE, PortName, ok};
use super::{TestResult, shape_1};
use crate::checks::Failure;
use crate::testbed::backend::Certificate;
use crate::testbed::client::Request;

pub(super) async fn tls(context: Context) -> TestResult {
    let (spec, host, certificate) = with_certificate(&context, Some(HttpOption::Enabled)).await?;
    let ingress = context.create_ready(&context.unique(), spec).await?;
    ok(&context.request(&ingress, Scheme::Http, &host, "")?).await?;
    ok(&https(&context, &ingress, &host, &certificate)?).await?;
    Ok(())
}

/// A public host with a certificate of its own in a Secret.
pub(super) async fn with_certificate(
    context: &Context,
    http_option: Option<HttpOption>,
) -> Result<(IngressSpec, String, Certificate), Failure> {
    let service = context.echo(PortName::Http1).await?;
    let host = context.host(&service.name);
    let secret_name = context.unique();
    let certificate = context.certificate(&secret_name, std::slice::from_ref(&host)).await?;
    let tls = IngressTls {
        hosts: vec![host.clone()],
        secret_name,
        secret_namespace: NAMESPACE.to_owned(),
        ..IngressTls::default()
    };
    let spec = IngressSpec { tls: vec![tls], http_option, ..shape_1(&host, &service) };
    Ok((spec, host, certificate))
}

/// A request over TLS that trusts this certificate's authority alone.
pub(super) fn https(
    context: &Context,
    ingress: &Ingress,
    host: &str,
    certificate: &Certificate,
) -> Result<Request, Failure> {
    Ok(context.request(ingress, Scheme::Https, host, "")?.trusting(certificate.trust()))
}
