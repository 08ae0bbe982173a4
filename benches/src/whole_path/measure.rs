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
    program::{Memory, Program, cpu},
    world::{Subject, Traffic, World, key, mix, subjects},
};

/// For how long changes are collected, by default.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// How many changes are measured at least.
const LEAST_ROUNDS: usize = 4;

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
    /// Seconds until both Proxies had come, and until the first status after them had.
    pub(crate) stored_seconds: f64,
    pub(crate) first_status_seconds: f64,
    /// How many there were of each kind.
    pub(crate) requests: BTreeMap<String, usize>,
}

impl Start {
    /// How many requests there were whose names begin with one of these.
    pub(crate) fn requests_of(&self, names: &[&str]) -> usize {
        let is_one = |name: &str| names.iter().any(|begin| name.starts_with(begin));
        self.requests.iter().filter(|(name, _)| is_one(name)).map(|(_, count)| count).sum()
    }
}

/// One Ingress changes.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// How many were measured.
    pub(crate) rounds: usize,
    /// Milliseconds of CPU, the mean.
    pub(crate) cpu_millis: f64,
    /// The same of each program that the cluster consists of.
    pub(crate) servers_millis: Vec<(&'static str, f64)>,
    /// Milliseconds until the last Proxy had come to the server, without those for which changes are collected: the median.
    pub(crate) stored_millis: f64,
    /// Bytes that the controller sent and received, the mean.
    pub(crate) sent: f64,
    pub(crate) received: f64,
}

/// Measures the controller `program` with `count` Ingresses, changes for about `budget`. `None` if a Proxy of them can't be stored.
pub(super) async fn measure<W: World>(
    program: &PathBuf,
    count: usize,
    form: Form,
    budget: Duration,
) -> Result<Option<WholePath>, Box<dyn Error>> {
    let ingresses = mix().ingresses(count);
    let Floor { millis: floor_millis, bytes: proxy_bytes, largest } = floor(&ingresses, form)?;
    if largest > W::MOST_BYTES {
        return Ok(None);
    }
    let world = W::new(&ingresses).await?;
    let begin = Instant::now();
    let program = Program::start(program, &world.kubeconfig(), form.max_plain_bytes())?;
    let told = |error: Box<dyn Error>| format!("{error}\n{}", program.last_lines());
    let start = start(&world, &program, &ingresses, begin).await.map_err(told)?;
    let change = changes(&world, &program, &ingresses, budget).await.map_err(told)?;
    let Memory { held, peak } = program.memory()?;
    Ok(Some(WholePath { count, form, start, change, floor_millis, proxy_bytes, held, peak }))
}

async fn start(
    world: &impl World,
    program: &Program,
    ingresses: &[Ingress],
    begin: Instant,
) -> Result<Start, Box<dyn Error>> {
    let keys: Vec<Key> = ingresses.iter().map(key).collect();
    world.until_ready(&keys).await?;
    let seconds = begin.elapsed().as_secs_f64();
    rest(program).await?;
    let arrivals = world.arrivals_since(begin).await?;
    let stored = arrivals.iter().rfind(|it| is_apply(it)).ok_or("no Proxy was written")?.at;
    let first_status = arrivals.iter().find(|it| is_status(it) && it.at > stored);
    let mut requests = BTreeMap::new();
    for arrival in &arrivals {
        *requests.entry(name(arrival)).or_default() += 1;
    }
    Ok(Start {
        seconds,
        cpu_seconds: program.cpu()?.as_secs_f64(),
        stored_seconds: (stored - begin).as_secs_f64(),
        first_status_seconds: first_status.map_or(f64::NAN, |it| (it.at - begin).as_secs_f64()),
        requests,
    })
}

async fn changes(
    world: &impl World,
    program: &Program,
    ingresses: &[Ingress],
    budget: Duration,
) -> Result<Change, Box<dyn Error>> {
    let mut subjects = subjects(ingresses)?;
    // The first changes after the start are not like those after them.
    for subject in subjects.iter_mut().take(2) {
        round(world, subject).await?;
    }
    rest(program).await?;
    let before = Reading::now(world, program)?;
    let (begin, mut stored) = (Instant::now(), Vec::new());
    while stored.len() < LEAST_ROUNDS || begin.elapsed() < budget {
        let count = subjects.len();
        let subject = subjects.get_mut(stored.len() % count).ok_or("there is no Ingress to change")?;
        stored.push(round(world, subject).await?);
    }
    rest(program).await?;
    let Spent { cpu, servers, traffic: Traffic { sent, received } } =
        Reading::now(world, program)?.since(&before);
    let rounds = stored.len();
    let each = |total: f64| total / rounds as f64;
    stored.sort_by(f64::total_cmp);
    Ok(Change {
        rounds,
        cpu_millis: each(cpu.as_secs_f64() * 1e3),
        servers_millis: servers
            .into_iter()
            .map(|(name, cpu)| (name, each(cpu.as_secs_f64() * 1e3)))
            .collect(),
        stored_millis: stored.get(rounds / 2).copied().unwrap_or(f64::NAN),
        sent: each(sent as f64),
        received: each(received as f64),
    })
}

/// Lets one Ingress change, and waits until it is ready again. Returns the milliseconds until its Proxies had come.
async fn round(world: &impl World, subject: &mut Subject) -> Result<f64, Box<dyn Error>> {
    let begin = world.put(subject.next_state()).await?;
    world.until_ready(std::slice::from_ref(&subject.key)).await?;
    let arrivals = world.arrivals_since(begin).await?;
    let last = arrivals.iter().rfind(|it| is_apply(it)).ok_or("no Proxy was written")?;
    // A large Proxy would be kept in each of its states.
    world.forget_history();
    Ok((last.at - begin).saturating_sub(DEBOUNCE).as_secs_f64() * 1e3)
}

/// What has been used so far.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) at: Instant,
    so_far: Spent,
}

/// What was used in some time.
#[derive(Clone, Debug)]
pub(super) struct Spent {
    /// CPU time of the controller.
    pub(super) cpu: Duration,
    /// The same of each program that the cluster consists of.
    servers: Vec<(&'static str, Duration)>,
    traffic: Traffic,
}

impl Reading {
    pub(super) fn now(world: &impl World, program: &Program) -> Result<Self, Box<dyn Error>> {
        let servers = world.processes().into_iter().map(|(name, process)| Ok((name, cpu(process)?)));
        let servers = servers.collect::<Result<_, Box<dyn Error>>>()?;
        let so_far = Spent { cpu: program.cpu()?, servers, traffic: world.traffic() };
        Ok(Self { at: Instant::now(), so_far })
    }

    pub(super) fn since(&self, before: &Self) -> Spent {
        let (Self { at: _, so_far: now }, Self { at: _, so_far: then }) = (self, before);
        let servers = now.servers.iter().zip(&then.servers);
        Spent {
            cpu: now.cpu.saturating_sub(then.cpu),
            servers: servers.map(|(now, then)| (now.0, now.1.saturating_sub(then.1))).collect(),
            traffic: Traffic {
                sent: now.traffic.sent - then.traffic.sent,
                received: now.traffic.received - then.traffic.received,
            },
        }
    }
}

/// Waits until the controller has nothing to do.
pub(super) async fn rest(program: &Program) -> Result<(), Box<dyn Error>> {
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

pub(super) fn is_apply(arrival: &Arrival) -> bool {
    arrival.kind == Kind::Proxy && arrival.method == Method::PATCH && !arrival.is_trial
}

pub(super) fn is_status(arrival: &Arrival) -> bool {
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
