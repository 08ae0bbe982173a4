//! Counts allocations, and prints them as JSON. A program of its own, since what counts allocations slows them down.

#![allow(clippy::arithmetic_side_effects, reason = "sizes of benchmarks are far from any limit")]

use std::{error::Error, process::ExitCode, sync::Arc};

use allocation_counter::measure;
use benches::{
    hostile::{Shape, Way},
    mix::Mix,
    whole::{self, Input},
};
use clap::Parser;
use knative_gloo_translate::{Options, Translator, translate};
use knative_ingress_model::Ingress;
use serde_json::json;

/// Counts allocations.
#[derive(Parser)]
enum Arguments {
    /// What translating realistic Ingresses takes.
    Mix { count: usize },
    /// The bytes at the peak of translating a hostile shape.
    Shape { shape: Shape, size: usize },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    match arguments {
        Arguments::Mix { count } => of_the_mix(count),
        Arguments::Shape { shape, size } => {
            of_a_shape(shape, size);
            Ok(())
        }
    }
}

fn of_a_shape(shape: Shape, size: usize) {
    let ingresses = shape.ingresses(size);
    let translating = measure(|| drop(Way::Translate.translation(&ingresses)));
    println!("{}", json!({"peakBytes": translating.bytes_max}));
}

fn of_the_mix(count: usize) -> Result<(), Box<dyn Error>> {
    let Input { ingresses, documents } = Input::new(&Mix::default(), count)?;
    let options = Options::default();

    let mut buffer = Vec::new();
    let (mut done, mut referred) = (Ok(()), Ok(()));
    let all = measure(|| done = whole::json_to_json(&documents, &options, &mut buffer));
    done?;
    drop(buffer);
    let reference = measure(|| referred = whole::reference(&documents));
    referred?;
    let parse = measure(|| drop(whole::parse(&documents)));

    let mut translation = None;
    let translating = measure(|| translation = Some(translate(&ingresses, &options)));
    drop(translation);

    let held = held(&ingresses, &options, |translator, ingress| drop(translator.apply(ingress)));
    let cached: Vec<Arc<Ingress>> = ingresses.into_iter().map(Arc::new).collect();
    let held_with_cache = self::held(&cached, &options, |translator, ingress| {
        drop(translator.apply_shared(ingress));
    });

    let each = |total: f64| total / count as f64;
    println!(
        "{}",
        json!({
            "referenceAllocations": each(reference.count_total as f64),
            "parseAllocations": each(parse.count_total as f64),
            "translateAllocations": each(translating.count_total as f64),
            "outputBytes": each(translating.bytes_current as f64),
            "translatePeakBytes": each(translating.bytes_max as f64),
            "jsonToJsonAllocations": each(all.count_total as f64),
            "jsonToJsonPeakBytes": each(all.bytes_max as f64),
            "heldBytes": each(held),
            "heldBytesWithCache": each(held_with_cache),
        })
    );
    Ok(())
}

/// Bytes that a translator holds beside its output.
fn held<T>(ingresses: &[T], options: &Options, apply: impl Fn(&mut Translator, &T)) -> f64 {
    let mut translator = Translator::new(options.clone());
    for ingress in ingresses {
        apply(&mut translator, ingress);
    }
    // What both share is the output; what goes with the translator alone is what it holds beside that.
    let shared = translator.translation();
    let held = measure(|| drop(translator));
    drop(shared);
    -held.bytes_current as f64
}
