//! CPU time of each step, beside that of the reference in the same minutes.

use std::{error::Error, hint::black_box, time::Duration};

use benches::{
    events::{Event, Stage},
    mix::Mix,
    whole::{self, Input},
};
use cpu_time::ThreadTime;
use knative_gloo_translate::{Options, translate};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Parse,
    Translate,
    Serialise,
    JsonToJson,
    Event(Event),
}

impl Step {
    pub(super) const ALL: [Self; 9] = [
        Self::Parse,
        Self::Translate,
        Self::Serialise,
        Self::JsonToJson,
        Self::Event(Event::Changed),
        Self::Event(Event::Unchanged),
        Self::Event(Event::Removed),
        Self::Event(Event::WonBack),
        Self::Event(Event::ServiceRemoved),
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Translate => "translate",
            Self::Serialise => "serialise both Proxies",
            Self::JsonToJson => "JSON to JSON",
            Self::Event(event) => event.name(),
        }
    }
}

/// What one step takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) step: Step,
    /// Nanoseconds of CPU for each Ingress, or for each event.
    pub(super) nanos: f64,
}

/// Everything that was measured with one number of Ingresses.
#[derive(Clone, Debug)]
pub(super) struct AtSize {
    pub(super) count: usize,
    /// Bytes of JSON an Ingress.
    pub(super) bytes: f64,
    /// Rules an Ingress.
    pub(super) rules: f64,
    /// Nanoseconds of CPU that `serde_json` takes to read an Ingress into a value.
    pub(super) reference: f64,
    pub(super) costs: Vec<Cost>,
    /// Bytes of both Proxies in JSON.
    pub(super) output: usize,
}

impl AtSize {
    /// How often the reference fits into a step.
    pub(super) fn ratio(&self, step: Step) -> f64 {
        self.nanos(step) / self.reference
    }

    pub(super) fn nanos(&self, step: Step) -> f64 {
        self.costs.iter().find(|cost| cost.step == step).map_or(f64::NAN, |cost| cost.nanos)
    }
}

/// The least CPU time of several rounds: what else runs on the machine can only add to it.
#[derive(Clone, Copy)]
struct Least(Duration);

impl Least {
    const fn new() -> Self {
        Self(Duration::MAX)
    }

    fn of<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = ThreadTime::now();
        let result = black_box(work());
        self.0 = self.0.min(start.elapsed());
        result
    }

    fn nanos(self, times: usize) -> f64 {
        self.0.as_secs_f64() * 1e9 / times as f64
    }
}

/// CPU time of `work` in nanoseconds, the least of `rounds`.
pub(crate) fn least<T>(rounds: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut least = Least::new();
    for _ in 0..rounds {
        drop(least.of(&mut work));
    }
    least.nanos(1)
}

/// Measures everything with that many Ingresses.
pub(super) fn at_size(count: usize) -> Result<AtSize, Box<dyn Error>> {
    let mix = Mix::default();
    let input = Input::new(&mix, count)?;
    let Input { ingresses, documents } = &input;
    let options = Options::default();
    let rounds = (300_000 / count).clamp(5, 100);

    let mut buffer = Vec::new();
    let [mut reference, mut parse, mut translating, mut serialise, mut whole] = [Least::new(); 5];
    for _ in 0..rounds {
        // In turns, so that what slows one down slows down the others as well.
        reference.of(|| whole::reference(documents))?;
        drop(parse.of(|| whole::parse(documents))?);
        let translation = translating.of(|| translate(ingresses, &options));
        serialise.of(|| whole::serialise(&translation, &mut buffer))?;
        drop(translation);
        whole.of(|| whole::json_to_json(documents, &options, &mut buffer))?;
    }
    let mut costs: Vec<Cost> = [
        (Step::Parse, parse),
        (Step::Translate, translating),
        (Step::Serialise, serialise),
        (Step::JsonToJson, whole),
    ]
    .map(|(step, least)| Cost { step, nanos: least.nanos(count) })
    .into();
    for event in Event::ALL {
        costs.push(Cost { step: Step::Event(event), nanos: of_event(event, &mix, &input) });
    }

    Ok(AtSize {
        count,
        bytes: input.bytes() as f64 / count as f64,
        rules: ingresses.iter().map(|ingress| ingress.spec.rules.len()).sum::<usize>() as f64 / count as f64,
        reference: reference.nanos(count),
        costs,
        output: buffer.len(),
    })
}

fn of_event(event: Event, mix: &Mix, input: &Input) -> f64 {
    let mut stage = Stage::new(event, mix, &input.ingresses);
    let mut least = Least::new();
    for _ in 0..30 {
        least.of(|| stage.perform(|change| drop(black_box(change))));
        stage.restore();
    }
    least.nanos(stage.subjects())
}
