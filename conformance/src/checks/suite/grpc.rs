use std::collections::BTreeSet;
use std::time::Duration;

use knative_gloo_translate::Scheme;
use knative_ingress_model::Ingress;
use tokio::time::timeout;

use super::context::{Context, PortName};
use super::ingress::public;
use super::{TestResult, backend, path, shape_1};
use crate::checks::Failure;
use crate::checks::failure::ensure;
use crate::testbed::backend::App;
use crate::testbed::client::GrpcChannel;

/// What the suite gives a test.
const DEADLINE: Duration = Duration::from_secs(60);

pub(super) async fn grpc(context: Context) -> TestResult {
    let service = context.service(App::Grpc { suffix: "- pong".to_owned() }, PortName::H2c).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    within(async {
        let mut stream = channel(&context, &ingress, &host).await?.ping_stream().await?;
        for number in 0..100 {
            let message = format!("ping -{number}");
            let answer = stream.exchange(&message).await?;
            ensure!(answer == format!("{message}- pong"), "{answer:?} is not the answer to {message:?}");
        }
        Ok(())
    })
    .await
}

pub(super) async fn split(context: Context) -> TestResult {
    let suffixes = ["- blue", "- green"];
    let [blue, green] = suffixes.map(|suffix| App::Grpc { suffix: suffix.to_owned() });
    let blue = context.service(blue, PortName::H2c).await?;
    let green = context.service(green, PortName::H2c).await?;
    let host = context.host(&context.unique());
    let splits = vec![backend(&blue, 50, None), backend(&green, 50, None)];
    let spec = public(std::slice::from_ref(&host), vec![path("", splits)]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    within(async {
        let mut channel = channel(&context, &ingress, &host).await?;
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            let mut stream = channel.ping_stream().await?;
            let first = stream.exchange("ping").await?;
            for _ in 0..10 {
                let next = stream.exchange("ping").await?;
                ensure!(next == first, "a stream changed its backend: {first:?}, then {next:?}");
            }
            seen.insert(first);
            if suffixes.iter().all(|suffix| seen.contains(&format!("ping{suffix}"))) {
                return Ok(());
            }
        }
        Err(Failure::because(format!("100 streams, and only {seen:?}")))
    })
    .await
}

/// gRPC clients write the port into `:authority`.
async fn channel(context: &Context, ingress: &Ingress, host: &str) -> Result<GrpcChannel, Failure> {
    let gateway = context.public_gateway(ingress)?;
    let address = context.cluster.address(gateway, Scheme::Http);
    Ok(GrpcChannel::open(address, &format!("{host}:80")).await?)
}

async fn within(test: impl Future<Output = TestResult>) -> TestResult {
    timeout(DEADLINE, test).await.map_err(|_| Failure::because("the minute is over"))?
}
