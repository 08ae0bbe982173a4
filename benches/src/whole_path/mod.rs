//! What a change costs in a cluster: the controller's own program against an API server, from the event to the stored Proxies
//! and the status.

mod api_server;
mod floor;
mod hostile;
mod measure;
mod program;
#[cfg(feature = "real")]
mod real;
mod small;
#[cfg(feature = "real")]
mod ways;
mod world;

use std::{error::Error, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::report::plot::thousands;
pub(crate) use hostile::Hostile;
pub(crate) use measure::{Start, WholePath};
use small::SmallWorld;

/// How Proxies are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// As JSON.
    Plain,
    /// In a `compressedSpec`.
    Compressed,
}

impl Form {
    const fn max_plain_bytes(self) -> u32 {
        match self {
            Self::Plain => u32::MAX,
            Self::Compressed => 0,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Compressed => "compressed",
        }
    }
}

/// What the controller is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ApiServer {
    /// The small one of the controller's tests, in this process.
    Small,
    /// A kube-apiserver with its etcd, as `cargo xtask kube-apiserver` builds them.
    #[cfg(feature = "real")]
    Real,
}

/// What is measured.
#[derive(Args)]
pub(crate) struct Settings {
    /// Numbers of Ingresses that are held.
    #[arg(long, value_delimiter = ',', default_values_t = SIZES)]
    ingresses: Vec<usize>,
    /// How Proxies are stored [default: both].
    #[arg(long, value_delimiter = ',')]
    form: Vec<Form>,
    /// Seconds of changes for each.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// What the controller runs against. `real` is there when this was built with the feature of that name.
    #[arg(long, default_value = "small")]
    api_server: ApiServer,
    /// Hostile Ingresses instead, against the small API server.
    #[arg(long, conflicts_with = "api_server")]
    hostile: bool,
    /// Each way to write a Proxy instead, against the real API server and without the controller.
    #[cfg(feature = "real")]
    #[arg(long, conflicts_with = "hostile")]
    ways: bool,
    /// The controller's program [default: it is built].
    #[arg(long)]
    controller: Option<PathBuf>,
}

/// The numbers of Ingresses of the report.
const SIZES: [usize; 3] = [1_000, 5_000, 20_000];
/// How long changes are measured for each of them.
const BUDGET: Duration = Duration::from_secs(4);

/// Measures, and prints what was measured.
pub(crate) fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let Settings { ingresses, mut form, seconds, api_server, hostile, controller, .. } = settings;
    let budget = Duration::from_secs_f64(seconds);
    if form.is_empty() {
        form = Form::value_variants().to_vec();
    }
    #[cfg(feature = "real")]
    if settings.ways {
        for count in ingresses {
            for form in &form {
                runtime()?.block_on(ways::ways(count, *form, budget))?;
            }
        }
        return Ok(());
    }
    let program = controller.map_or_else(program::build, Ok)?;
    if hostile {
        runtime()?.block_on(hostile::hostile(&program))?.iter().for_each(print_hostile);
        return Ok(());
    }
    for count in ingresses {
        for form in &form {
            let measured = match api_server {
                ApiServer::Small => {
                    runtime()?.block_on(measure::measure::<SmallWorld>(&program, count, *form, budget))
                }
                #[cfg(feature = "real")]
                ApiServer::Real => {
                    runtime()?.block_on(measure::measure::<real::RealWorld>(&program, count, *form, budget))
                }
            };
            match measured? {
                Some(measured) => print(&measured),
                None => println!("{} Ingresses, {}: too large to be stored", thousands(count), form.name()),
            }
        }
    }
    Ok(())
}

/// Measures what the report has, with the fewest and up to `largest` Ingresses.
pub(crate) fn measure(largest: usize) -> Result<(Vec<WholePath>, Vec<Hostile>), Box<dyn Error>> {
    let program = program::build()?;
    let mut measured = Vec::new();
    for count in SIZES.into_iter().filter(|size| *size <= largest.max(SIZES[0])) {
        for form in Form::value_variants() {
            eprintln!("{count} Ingresses in a cluster, {}", form.name());
            let one = measure::measure::<SmallWorld>(&program, count, *form, BUDGET);
            measured.extend(runtime()?.block_on(one)?);
        }
    }
    eprintln!("hostile Ingresses in a cluster");
    Ok((measured, runtime()?.block_on(hostile::hostile(&program))?))
}

/// One thread serves, one waits.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

fn print_hostile(Hostile { name, changes, seconds, cpu_millis, proxies, statuses }: &Hostile) {
    println!(
        "{name}: {changes} changes in {seconds:.1} s, {cpu_millis:.2} ms of CPU each; Proxies written {proxies} times, statuses {statuses} times",
    );
}

fn print(measured: &WholePath) {
    let WholePath { count, form, start, change, floor_millis, proxy_bytes, held, peak } = measured;
    println!("{} Ingresses, {}", thousands(*count), form.name());
    println!(
        "  a change: {:.1} ms of CPU ({:.2} of the floor, {floor_millis:.1} ms), stored after {:.1} ms ({:.2} of the floor); sent {} bytes, received {}; {} changes",
        change.cpu_millis,
        change.cpu_millis / floor_millis,
        change.stored_millis,
        change.stored_millis / floor_millis,
        thousands(change.sent as usize),
        thousands(change.received as usize),
        change.rounds,
    );
    for (name, millis) in &change.servers_millis {
        println!("  {name}: {millis:.1} ms of CPU a change");
    }
    println!(
        "  memory: {:.1} MB held, {:.1} MB at the peak; both Proxies {} bytes as stored",
        held / 1e6,
        peak / 1e6,
        thousands(*proxy_bytes),
    );
    let requests: Vec<String> =
        start.requests.iter().map(|(name, count)| format!("{name} {}", thousands(*count))).collect();
    println!(
        "  start: {:.2} s, both Proxies after {:.2} s, the first status after {:.2} s; {:.2} s of CPU; requests: {}",
        start.seconds,
        start.stored_seconds,
        start.first_status_seconds,
        start.cpu_seconds,
        requests.join(", "),
    );
}
