//! The controller as a command.

mod arguments;

use std::{error::Error, process::ExitCode};

use arguments::{Arguments, LogFormat};
use clap::Parser;
use knative_gloo_controller::{ErrorChain, client, run, serve_telemetry};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

#[tokio::main]
async fn main() -> ExitCode {
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", ErrorChain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let (listen, log_format) = (arguments.listen, arguments.log_format);
    let config = arguments.config()?;
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into())
        .from_env()?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("--listen {listen}: {error}"))?;

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let client = client(kube::Config::infer().await?)?;
    let telemetry = tokio::spawn(serve_telemetry(listener, config.telemetry.clone()));
    run(client, config, stop).await;
    telemetry.abort();
    Ok(())
}
