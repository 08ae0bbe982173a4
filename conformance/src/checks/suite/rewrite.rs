use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service as KubeService, ServicePort, ServiceSpec};
use knative_ingress_model::HttpIngressPath;
use knative_ingress_model::keys::PORT_NAME_H2C;

use super::context::{Context, NAMESPACE, PortName};
use super::ingress::{private, public};
use super::{Service, TestResult, backend, path};

/// What DomainMapping does: a public name whose requests go through the private gateway under a private name, by way
/// of an ExternalName Service that points there.
pub(super) async fn host_rewrite(context: Context) -> TestResult {
    let service = context.echo(PortName::Http1).await?;
    let placeholder = Service { name: context.unique(), namespace: NAMESPACE.to_owned(), port: 80 };
    let private_host = context.private_host(&placeholder.name);
    let inner =
        private(std::slice::from_ref(&private_host), vec![path("", vec![backend(&service, 100, None)])]);
    let inner = context.create_ready(&context.unique(), inner).await?;
    let spec = ServiceSpec {
        type_: Some("ExternalName".to_owned()),
        external_name: Some(context.private_domain(&inner)?),
        session_affinity: Some("None".to_owned()),
        ports: Some(vec![ServicePort {
            name: Some(PORT_NAME_H2C.to_owned()),
            port: 80,
            ..ServicePort::default()
        }]),
        ..ServiceSpec::default()
    };
    let metadata = context.metadata(&placeholder.name);
    let external_name = KubeService { metadata, spec: Some(spec), ..KubeService::default() };
    context.cluster.create_service(external_name, BTreeMap::new()).await?;
    let name = context.unique();
    let hosts = [format!("{name}.vanity.ismy.name"), format!("{name}.vanity.isalsomy.number")];
    let rewritten =
        HttpIngressPath { rewrite_host: private_host, ..path("", vec![backend(&placeholder, 100, None)]) };
    let outer = context.create_ready(&context.unique(), public(&hosts, vec![rewritten])).await?;
    for host in &hosts {
        context.ok(&outer, host, "").await?;
    }
    Ok(())
}
