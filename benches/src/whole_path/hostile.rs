//! Ingresses that ask for more work than they are: one that never rests, and many that quarrel.

use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use benches::hostile::Shape;
use knative_ingress_model::Ingress;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    Form,
    measure::{Reading, is_apply, is_status, rest},
    program::Program,
    small::SmallWorld,
    world::{Subject, World, mix},
};

/// How many Ingresses of the mix are held beside them.
const BESIDE: usize = 1_000;
/// How many quarrel over one host.
pub(crate) const QUARRELLING: [usize; 2] = [250, 1_000];
/// How long one Ingress goes on changing, and the pause between two changes.
const RESTLESS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_millis(1));
/// How often something changes where many quarrel.
const ROUNDS: usize = 6;

/// What it came to.
#[derive(Clone, Debug)]
pub(crate) struct Hostile {
    pub(crate) name: String,
    pub(crate) changes: usize,
    /// Seconds in which they came.
    pub(crate) seconds: f64,
    /// Milliseconds of CPU for each change.
    pub(crate) cpu_millis: f64,
    /// Writes of Proxies and of statuses, all in all.
    pub(crate) proxies: usize,
    pub(crate) statuses: usize,
}

/// Measures all of them.
pub(crate) async fn hostile(program: &PathBuf) -> Result<Vec<Hostile>, Box<dyn Error>> {
    let mut all = vec![restless(program).await?];
    for count in QUARRELLING {
        all.extend(quarrel(program, count).await?);
    }
    Ok(all)
}

/// One Ingress changes a thousand times a second.
async fn restless(program: &PathBuf) -> Result<Hostile, Box<dyn Error>> {
    let ingresses = mix().ingresses(BESIDE);
    let stage = Stage::new(program, &ingresses).await?;
    let mut subject = Subject::new(ingresses.first().ok_or("there is no Ingress")?)?;
    let (duration, pause) = RESTLESS;
    let (begin, mut changes) = (Instant::now(), 0);
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while begin.elapsed() < duration {
        ticks.tick().await;
        stage.world.put(subject.next_state()).await?;
        changes += 1;
    }
    let seconds = begin.elapsed().as_secs_f64();
    stage.world.until_ready(std::slice::from_ref(&subject.key)).await?;
    stage.end("one Ingress that changes a thousand times a second".to_owned(), changes, seconds).await
}

/// Many want one host: one that has not got it changes; then the one that has goes, and comes again.
async fn quarrel(program: &PathBuf, count: usize) -> Result<[Hostile; 2], Box<dyn Error>> {
    let mut ingresses = mix().ingresses(BESIDE);
    let quarrelling = Shape::OneHost.ingresses(count);
    let [oldest, .., newest] = quarrelling.as_slice() else { return Err("it takes two to quarrel".into()) };
    let [mut winner, mut loser] = [Subject::new(oldest)?, Subject::new(newest)?];
    ingresses.extend(quarrelling.iter().cloned());
    let stage = Stage::new(program, &ingresses).await?;
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        stage.world.put(loser.next_state()).await?;
        stage.world.until_told(&loser.key).await?;
    }
    let name = format!("one of {count} that have not got the host they want");
    let loser = stage.end(name, ROUNDS, begin.elapsed().as_secs_f64()).await?;

    let stage = Stage { before: Reading::now(&stage.world, &stage.program)?, ..stage };
    let begin = Instant::now();
    for _ in 0..ROUNDS / 2 {
        stage.world.delete(&winner.key);
        rest(&stage.program).await?;
        stage.world.put(winner.next_state()).await?;
        rest(&stage.program).await?;
    }
    let name = format!("the one of {count} that has it, which goes and comes again");
    let winner = stage.end(name, ROUNDS, begin.elapsed().as_secs_f64()).await?;
    Ok([loser, winner])
}

/// A controller that has come to rest.
struct Stage {
    world: SmallWorld,
    program: Program,
    before: Reading,
}

impl Stage {
    async fn new(program: &PathBuf, ingresses: &[Ingress]) -> Result<Self, Box<dyn Error>> {
        let world = SmallWorld::new(ingresses).await?;
        let program = Program::start(program, &world.kubeconfig(), Form::Compressed.max_plain_bytes())?;
        for ingress in ingresses {
            let told = world.until_told(&super::world::key(ingress)).await;
            told.map_err(|error| format!("{error}\n{}", program.last_lines()))?;
        }
        rest(&program).await?;
        let before = Reading::now(&world, &program)?;
        Ok(Self { world, program, before })
    }

    /// What has been done since it began.
    async fn end(&self, name: String, changes: usize, seconds: f64) -> Result<Hostile, Box<dyn Error>> {
        rest(&self.program).await?;
        let spent = Reading::now(&self.world, &self.program)?.since(&self.before);
        let arrivals = self.world.arrivals_since(self.before.at).await?;
        Ok(Hostile {
            name,
            changes,
            seconds,
            cpu_millis: spent.cpu.as_secs_f64() * 1e3 / changes as f64,
            proxies: arrivals.iter().filter(|it| is_apply(it)).count(),
            statuses: arrivals.iter().filter(|it| is_status(it)).count(),
        })
    }
}
