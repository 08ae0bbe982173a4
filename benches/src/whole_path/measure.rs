//! What the controller takes for its start, and for a change.

use std::{
    collections::BTreeMap,
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use hyper::Method;
use knative_ingress_model::Ingress;
use tokio::time::sleep;

use super::{
    Form,
    api_server::{
        meter::Arrival,
        store::{Key, Kind},
    },
    floor::{Floor, floor},
    program::{Memory, Program},
    world::{World, mix, proxies},
};

/// For how long changes are collected, by default.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// What was measured with one number of Ingresses and one form of Proxies.
#[derive(Clone, Debug)]
pub(crate) struct WholePath {
    pub(crate) count: usize,
    pub(crate) form: Form,
    pub(crate) start: Start,
    pub(crate) change: Change,
    pub(crate) floor_millis: f64,
    pub(crate) proxy_bytes: usize,
    /// Bytes of memory after all of it, and at most.
    pub(crate) held: f64,
    pub(crate) peak: f64,
}

/// From nothing to all being ready.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Seconds until both Proxies had come, and until the first status had.
    pub(crate) stored_seconds: f64,
    pub(crate) first_status_seconds: f64,
    /// How many there were of each kind.
    pub(crate) requests: BTreeMap<String, usize>,
}

/// One Ingress changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// How many were measured.
    pub(crate) rounds: usize,
    /// Milliseconds of CPU, the mean.
    pub(crate) cpu_millis: f64,
    /// Milliseconds until the last Proxy had come to the server, without those for which changes are collected: the median.
    pub(crate) stored_millis: f64,
    /// Bytes that the controller sent and received, the mean.
    pub(crate) sent: f64,
    pub(crate) received: f64,
}

/// Measures the controller `program` with `count` Ingresses, changes for about `budget`.
pub(crate) async fn measure(
    program: &PathBuf,
    count: usize,
    form: Form,
    budget: Duration,
) -> Result<WholePath, Box<dyn Error>> {
    let ingresses = mix().ingresses(count);
    let Floor { millis: floor_millis, bytes: proxy_bytes } = floor(&ingresses, form)?;
    let world = World::new(&ingresses).await?;
    let begin = Instant::now();
    let program = Program::start(program, &world.server.uri(), form.max_plain_bytes())?;
    let told = |error: Box<dyn Error>| format!("{error}\n{}", program.last_lines());
    let start = start(&world, &program, &ingresses, begin).await.map_err(told)?;
    let change = changes(&world, &program, &ingresses, budget).await.map_err(told)?;
    let Memory { held, peak } = program.memory()?;
    Ok(WholePath { count, form, start, change, floor_millis, proxy_bytes, held, peak })
}

async fn start(
    world: &World,
    program: &Program,
    ingresses: &[Ingress],
    begin: Instant,
) -> Result<Start, Box<dyn Error>> {
    let key = |ingress: &Ingress| (Kind::Ingress, ingress.namespace().to_owned(), ingress.name().to_owned());
    let keys: Vec<Key> = ingresses.iter().map(key).collect();
    let proxies = proxies();
    world.until(|store| proxies.iter().all(|proxy| store.objects.contains_key(proxy))).await?;
    world.until_ready(&keys).await?;
    let seconds = begin.elapsed().as_secs_f64();
    rest(program).await?;
    let arrivals = world.arrivals_since(0);
    let since =
        |arrival: Option<&Arrival>| arrival.map_or(f64::NAN, |arrival| (arrival.at - begin).as_secs_f64());
    let mut requests = BTreeMap::new();
    for arrival in &arrivals {
        *requests.entry(name(arrival)).or_default() += 1;
    }
    Ok(Start {
        seconds,
        cpu_seconds: program.cpu()?.as_secs_f64(),
        stored_seconds: since(arrivals.iter().rfind(|it| is_apply(it))),
        first_status_seconds: since(arrivals.iter().find(|it| is_status(it))),
        requests,
    })
}

async fn changes(
    world: &World,
    program: &Program,
    ingresses: &[Ingress],
    budget: Duration,
) -> Result<Change, Box<dyn Error>> {
    let mut subjects = World::subjects(ingresses)?;
    let meter = world.server.meter();
    let mut stored = Vec::new();
    let begin = Instant::now();
    let mut before = (program.cpu()?, meter.received(), meter.sent());
    let mut rounds = 0;
    // The first change of each of the two Proxies is not like those after it.
    for warm in [true, false] {
        if !warm {
            rest(program).await?;
            before = (program.cpu()?, meter.received(), meter.sent());
        }
        while if warm { rounds < 2 } else { rounds < 7 || begin.elapsed() < budget } {
            let count = subjects.len();
            let Some(subject) = subjects.get_mut(rounds % count) else { return Err("no Ingress".into()) };
            rounds += 1;
            let (state, key) = (subject.next_state(), subject.key.clone());
            let (mark, version) = (meter.arrivals().len(), world.server.store().version);
            let at = Instant::now();
            world.put(state);
            world.until_ready(&[key]).await?;
            let arrivals = world.arrivals_since(mark);
            let last = arrivals.iter().rfind(|it| is_apply(it)).ok_or("no Proxy was written")?;
            stored.push((last.at - at).saturating_sub(DEBOUNCE).as_secs_f64() * 1e3);
            world.server.edit(|store| store.lose_history_before(version));
        }
    }
    rest(program).await?;
    let (cpu, received, sent) = before;
    let measured = rounds - 2;
    let mut stored = stored.split_off(2);
    stored.sort_by(f64::total_cmp);
    Ok(Change {
        rounds: measured,
        cpu_millis: (program.cpu()? - cpu).as_secs_f64() * 1e3 / measured as f64,
        stored_millis: stored.get(measured / 2).copied().unwrap_or(f64::NAN),
        sent: (meter.received() - received) as f64 / measured as f64,
        received: (meter.sent() - sent) as f64 / measured as f64,
    })
}

/// Waits until the controller has nothing to do.
async fn rest(program: &Program) -> Result<(), Box<dyn Error>> {
    let mut known = program.cpu()?;
    loop {
        sleep(Duration::from_millis(200)).await;
        let now = program.cpu()?;
        if now == known {
            return Ok(());
        }
        known = now;
    }
}

fn is_apply(arrival: &Arrival) -> bool {
    arrival.kind == Kind::Proxy && arrival.method == Method::PATCH && !arrival.is_trial
}

fn is_status(arrival: &Arrival) -> bool {
    arrival.kind == Kind::Ingress && arrival.method == Method::PATCH
}

/// What a request is for.
fn name(Arrival { at: _, method, kind, is_watch, is_trial }: &Arrival) -> String {
    let what = if *is_watch {
        "watch"
    } else if *is_trial {
        "trial"
    } else {
        match (method, kind) {
            (&Method::GET, Kind::Lease) => "get",
            (&Method::GET, _) => "list",
            (&Method::PATCH, Kind::Ingress) => "status",
            (&Method::PATCH, _) => "apply",
            _ => "write",
        }
    };
    format!("{what} {}", kind.name())
}
