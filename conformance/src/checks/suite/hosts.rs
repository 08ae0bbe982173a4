use super::context::{Context, PortName};
use super::ingress::public;
use super::{TestResult, backend, path};

pub(super) async fn multiple(context: Context) -> TestResult {
    let name = context.unique();
    let hosts = [
        "foo.com",
        "www.foo.com",
        "a-b-1.something-really-really-long.knative.dev",
        "add.your.interesting.domain.here.io",
    ];
    all_answer(context, &hosts.map(|host| format!("{name}.{host}"))).await
}

/// One rule, one backend, these hosts.
pub(super) async fn all_answer(context: Context, hosts: &[String]) -> TestResult {
    let service = context.echo(PortName::Http1).await?;
    let spec = public(hosts, vec![path("", vec![backend(&service, 100, None)])]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    for host in hosts {
        context.ok(&ingress, host, "").await?;
    }
    Ok(())
}
