use std::collections::BTreeSet;

use knative_gloo_translate::Scheme;
use knative_ingress_model::Ingress;

use super::context::{Context, PortName};
use super::ingress::public;
use super::{TestResult, backend, path, shape_1};
use crate::checks::Failure;
use crate::checks::failure::ensure;
use crate::testbed::backend::App;
use crate::testbed::client::WebSocket;

pub(super) async fn websocket(context: Context) -> TestResult {
    let service = context.service(App::WebSocket { suffix: "- pong".to_owned() }, PortName::Http1).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    let mut socket = open(&context, &ingress, &host).await?;
    for number in 0..100 {
        let message = format!("ping -{number}");
        let answer = socket.exchange(&message).await?;
        ensure!(answer == format!("{message} - pong"), "{answer:?} is not the answer to {message:?}");
    }
    Ok(())
}

pub(super) async fn split(context: Context) -> TestResult {
    let suffixes = ["- blue", "- green"];
    let [blue, green] = suffixes.map(|suffix| App::WebSocket { suffix: suffix.to_owned() });
    let blue = context.service(blue, PortName::Http1).await?;
    let green = context.service(green, PortName::Http1).await?;
    let host = context.host(&context.unique());
    let splits = vec![backend(&blue, 50, None), backend(&green, 50, None)];
    let spec = public(std::slice::from_ref(&host), vec![path("", splits)]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    let (mut open_sockets, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..100 {
        let mut socket = open(&context, &ingress, &host).await?;
        let first = socket.exchange("ping").await?;
        for _ in 0..10 {
            let next = socket.exchange("ping").await?;
            ensure!(next == first, "a connection changed its backend: {first:?}, then {next:?}");
        }
        open_sockets.push(socket);
        seen.insert(first);
        if suffixes.iter().all(|suffix| seen.contains(&format!("ping {suffix}"))) {
            return Ok(());
        }
    }
    Err(Failure::because(format!("100 connections, and only {seen:?}")))
}

async fn open(context: &Context, ingress: &Ingress, host: &str) -> Result<WebSocket, Failure> {
    let gateway = context.public_gateway(ingress)?;
    Ok(WebSocket::open(context.cluster.address(gateway, Scheme::Http), host, "/").await?)
}
