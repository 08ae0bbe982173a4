//! Instruction counts under valgrind, which are the same on a busy machine and on an idle one.
//!
//! Valgrind is run directly, on this program itself: a harness for it would have to be installed apart in the very version of
//! its library, and compares with the last run on the same machine, not with counts that are committed.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    hint::black_box,
    iter,
    num::NonZero,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use benches::{
    events::{Event, Stage},
    hostile::{Shape, Way, slope},
    mix::Mix,
    whole::{self, Input},
};
use clap::ValueEnum;
use knative_gloo_translate::{Options, translate};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.json");
/// How far a count may be from the committed one, in percent, in either direction: what is better is to be committed as well.
const MARGIN: f64 = 3.0;

/// What goes wrong in a thread.
type Failure = Box<dyn Error + Send + Sync>;

/// What to do with the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Print,
    Check,
    Write,
}

/// What is to be said of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// A count is out of the margin, or grows too steeply.
    Bad,
    /// The committed counts are of other tools.
    NotComparable,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Counted {
    /// `serde_json` reads 1,000 Ingresses into values.
    #[value(name = "reference-1000")]
    Reference,
    #[value(name = "parse-1000")]
    Parse,
    #[value(name = "translate-1000")]
    Translate,
    #[value(name = "serialise-1000")]
    Serialise,
    #[value(name = "change-in-10000")]
    Change,
    #[value(name = "removal-in-10000")]
    Removal,
    #[value(name = "no-change-in-10000")]
    NoChange,
}

/// What valgrind counts: everything inside of this function.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

impl Counted {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    const fn ingresses(self) -> usize {
        match self {
            Self::Reference | Self::Parse | Self::Translate | Self::Serialise => 1_000,
            Self::Change | Self::Removal | Self::NoChange => 10_000,
        }
    }

    /// Does it, and returns how many Ingresses it has been done to.
    pub(crate) fn run(self) -> Result<usize, Failure> {
        let mix = Mix::default();
        let input = Input::new(&mix, self.ingresses())?;
        let options = Options::default();
        match self {
            Self::Reference => counted(|| whole::reference(&input.documents))?,
            Self::Parse => drop(counted(|| whole::parse(&input.documents))?),
            Self::Translate => drop(counted(|| translate(&input.ingresses, &options))),
            Self::Serialise => {
                let translation = translate(&input.ingresses, &options);
                let mut buffer = Vec::new();
                whole::serialise(&translation, &mut buffer)?;
                counted(|| whole::serialise(&translation, &mut buffer))?;
            }
            Self::Change => return Ok(one_of_many(Event::Changed, &mix, &input)),
            Self::Removal => return Ok(one_of_many(Event::Removed, &mix, &input)),
            Self::NoChange => return Ok(one_of_many(Event::Unchanged, &mix, &input)),
        }
        Ok(self.ingresses())
    }
}

/// Takes in what is hostile; this is counted.
pub(crate) fn hostile(shape: Shape, way: Way, size: usize) {
    let ingresses = shape.ingresses(size);
    drop(counted(|| way.translation(&ingresses)));
}

fn one_of_many(event: Event, mix: &Mix, input: &Input) -> usize {
    let mut stage = Stage::new(event, mix, &input.ingresses);
    counted(|| stage.perform(|change| drop(black_box(change))));
    stage.subjects()
}

/// Counts everything; unless in [`Mode::Check`] it is good whatever it is.
pub(crate) fn counts(mode: Mode) -> Result<Verdict, Failure> {
    let compiler = first_line(Command::new("rustc").arg("--version"))?;
    let valgrind = first_line(Command::new("valgrind").arg("--version"))?;
    let libc = first_line(Command::new("getconf").arg("GNU_LIBC_VERSION"))?;
    let counted = at_once(Counted::value_variants(), |what| Ok((what.name(), count(*what)?)))?;
    let found: BTreeMap<_, _> = counted.into_iter().collect();
    if mode == Mode::Write {
        let text = serde_json::to_string_pretty(&json!({
            "rustc": compiler, "valgrind": valgrind, "libc": libc, "marginPercent": MARGIN, "instructionsPerIngress": found,
        }))?;
        fs::write(FILE, text + "\n")?;
    }
    let committed: Value = serde_json::from_slice(&fs::read(FILE)?)?;
    let tools = [("rustc", &compiler), ("valgrind", &valgrind), ("libc", &libc)];
    // Each of them changes the counts by more than what is looked for.
    let mut is_comparable = true;
    for (tool, now) in tools {
        let then = committed.get(tool).and_then(Value::as_str).unwrap_or_default();
        if then != now {
            println!("The committed counts are of {then}; this is {now}.");
            is_comparable = false;
        }
    }
    let mut all_within = true;
    for (name, count) in &found {
        let wanted = committed.pointer(&format!("/instructionsPerIngress/{name}")).and_then(Value::as_u64);
        let Some(wanted) = wanted else {
            println!("{name}: {count} instructions an Ingress; none committed");
            all_within = false;
            continue;
        };
        let drift = (*count as f64 / wanted as f64 - 1.0) * 100.0;
        let verdict = if drift.abs() <= MARGIN || !is_comparable { "" } else { " OUT OF THE MARGIN" };
        println!("{name}: {count} instructions an Ingress; committed {wanted}; {drift:+.1} %{verdict}");
        all_within &= drift.abs() <= MARGIN;
    }
    let shapes: Vec<_> =
        Shape::value_variants().iter().flat_map(|shape| Way::ALL.map(|way| (*shape, way))).collect();
    let exponents = at_once(&shapes, |(shape, way)| exponent(*shape, *way))?;
    let mut exponents_bounded = true;
    for ((shape, way), exponent) in shapes.into_iter().zip(exponents) {
        let is_bounded = exponent <= way.max_exponent(shape);
        let verdict = if is_bounded { "" } else { " TOO STEEP" };
        println!(
            "{}, {}: instructions grow as bytes to the power of {exponent:.2}{verdict}",
            shape.name(),
            way.name()
        );
        exponents_bounded &= is_bounded;
    }
    Ok(match mode {
        Mode::Print | Mode::Write => Verdict::Good,
        Mode::Check if !exponents_bounded => Verdict::Bad,
        Mode::Check if !is_comparable => Verdict::NotComparable,
        Mode::Check if !all_within => Verdict::Bad,
        Mode::Check => Verdict::Good,
    })
}

/// What `each` gives for the `items`, in their order; for as many at a time as there are cores, which instructions don't mind.
fn at_once<T: Sync, R: Send>(
    items: &[T],
    each: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        });
        taken.map(|(index, item)| Ok((index, each(item)?))).collect::<Result<Vec<_>, Failure>>()
    };
    let done: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread has panicked".into())))
            .collect()
    });
    let mut all = BTreeMap::new();
    for some in done {
        all.extend(some?);
    }
    Ok(all.into_values().collect())
}

/// How the instructions grow with the bytes of the input, when there is four times as much of it.
fn exponent(shape: Shape, way: Way) -> Result<f64, Failure> {
    let mut logarithms = Vec::new();
    for size in [shape.largest() / 40, shape.largest() / 10] {
        let instructions = under_valgrind(&["hostile", &shape.argument(), way.name(), &size.to_string()])?;
        let bytes = shape.bytes(size)?;
        logarithms.push(((bytes as f64).ln(), (instructions as f64).ln()));
    }
    Ok(slope(&logarithms))
}

/// The instructions of one thing, for each Ingress that it is done to.
fn count(what: Counted) -> Result<u64, Failure> {
    let subjects = what.run()?;
    Ok(under_valgrind(&["counted", &what.name()])? / subjects as u64)
}

/// How many instructions this program, run with these arguments, spends in [`counted`].
fn under_valgrind(arguments: &[&str]) -> Result<u64, Failure> {
    let directory = tempfile::tempdir()?;
    let written = directory.path().join("callgrind.out");
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--toggle-collect=*counts::counted*"])
        .arg(format!("--callgrind-out-file={}", written.display()))
        .arg(std::env::current_exe()?)
        .args(arguments)
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("valgrind ended with {status}").into());
    }
    let text = fs::read_to_string(written)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("valgrind wrote no total")?.trim().parse()?)
}

fn first_line(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    Ok(String::from_utf8(output.stdout)?.lines().next().unwrap_or_default().to_owned())
}
