use knative_gloo_conformance::checks::suite::{self, ConformanceTest, ExpectedFailures, Finished};
use knative_gloo_conformance::testbed::envoy;
use knative_gloo_translate::Dialect;

use super::Error;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whose contract the translation follows: knative, gloo-1.3, gloo-1.22.
    #[arg(long, default_value = "knative")]
    dialect: Dialect,
    /// Only tests whose names contain this.
    #[arg(long, default_value = "")]
    filter: String,
}

pub(crate) async fn run(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { dialect, filter } = arguments;
    let expected = ExpectedFailures::load()?;
    let binary = envoy::find()?;
    let tests: Vec<ConformanceTest> =
        suite::tests().iter().filter(|test| test.name.contains(&filter)).copied().collect();
    println!("{} tests, dialect {dialect}, Envoy {}", tests.len(), envoy::version(&binary)?);
    let started = std::time::Instant::now();
    let finished =
        suite::run(&binary, dialect, &tests, |finished| println!("{}", line(finished, &expected, dialect)))
            .await?;
    let count = |wanted: fn(bool, bool) -> bool| {
        finished
            .iter()
            .filter(|test| wanted(test.result.is_ok(), expected.reason(dialect, test.name).is_some()))
            .count()
    };
    let passed = count(|passed, _| passed);
    let surprises = count(|passed, expected| passed == expected);
    println!(
        "{passed} of {} pass, {} fail as expected, {surprises} not as expected, in {:.1} s",
        finished.len(),
        count(|passed, expected| !passed && expected),
        started.elapsed().as_secs_f32(),
    );
    Ok(surprises == 0)
}

fn line(finished: &Finished, expected: &ExpectedFailures, dialect: Dialect) -> String {
    let Finished { name, result, took } = finished;
    let took = took.as_secs_f32();
    match (result, expected.reason(dialect, name)) {
        (Ok(()), None) => format!("pass      {name} ({took:.1} s)"),
        (Ok(()), Some(reason)) => format!("SURPRISE  {name} passes, but was expected to fail: {reason}"),
        (Err(failure), None) => format!("FAIL      {name}: {failure}"),
        (Err(failure), Some(_)) => format!("expected  {name}: {failure}"),
    }
}
