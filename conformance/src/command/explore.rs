use std::fs;
use std::path::PathBuf;

use knative_gloo_conformance::checks::differential::envoy::EnvoyDifference;
use knative_gloo_conformance::checks::differential::{self, Explored};
use knative_gloo_conformance::testbed::envoy;

use super::{Error, files};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many questions. Each is a pair of a set of Ingresses and a request.
    #[arg(long, default_value_t = 1_000_000)]
    pairs: u64,
    /// Where the choices begin: the same seed asks the same questions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ask the simulator and a real Envoy instead of the contract and the simulator.
    #[arg(long)]
    envoy: bool,
    /// Where a difference is written as a fixture.
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
}

/// Asks, and stops at the first difference.
pub(crate) async fn run(arguments: Arguments) -> Result<bool, Error> {
    if arguments.envoy { with_envoy(arguments).await } else { by_contract(arguments) }
}

fn by_contract(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { pairs, seed, envoy: _, fixture } = arguments;
    let step = pairs.div_euclid(20).max(1);
    let mut told = 0;
    let found = differential::explore(pairs, seed, |so_far| {
        if so_far.pairs.saturating_sub(told) >= step {
            told = so_far.pairs;
            eprintln!("{} of {pairs} pairs, {} sets", so_far.pairs, so_far.sets);
        }
    });
    let [forwarded, redirected, refused] = found.tally;
    println!(
        "seed {seed}: {} pairs of {} sets: {forwarded} to a backend, {redirected} redirected, {refused} not served",
        found.pairs, found.sets
    );
    let Some((case, difference)) = &found.difference else {
        println!("the contract and the Proxies agree on all");
        return Ok(true);
    };
    println!("{difference}");
    let text = files::yaml(&serde_json::to_value(Explored::of(case, difference))?)?;
    match fixture {
        Some(file) => fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?,
        None => print!("{text}"),
    }
    Ok(false)
}

async fn with_envoy(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { pairs, seed, envoy: _, fixture: _ } = arguments;
    let binary = envoy::find()?;
    let found = differential::envoy::explore(&binary, pairs, seed, |so_far| {
        eprintln!("{} of {pairs} requests, {} sets, {} Envoys", so_far.requests, so_far.sets, so_far.envoys);
    })
    .await?;
    let [backends, gateways, none] = found.tally;
    println!(
        "Envoy {}, seed {seed}: {} requests to {} sets: {backends} to a backend, {gateways} answered by the gateway, {none} without a connection",
        envoy::version(&binary)?,
        found.requests,
        found.sets
    );
    for (weights, weight, count, all) in found.wrong_shares() {
        println!("of the weights {weights:?} a backend of weight {weight} was chosen {count} times of {all}");
    }
    for EnvoyDifference { case, request, simulator, envoy } in found.differences.iter().take(3) {
        if let Some(request) = request {
            println!("{request}");
        }
        if let Some(simulator) = simulator {
            println!("  simulator: {simulator}");
        }
        print!("  Envoy: {envoy}\n{}", files::yaml(&serde_json::to_value(case)?)?);
    }
    let good = found.differences.is_empty() && found.wrong_shares().is_empty();
    if good {
        println!("the simulator and Envoy agree on all");
    }
    Ok(good)
}
