//! All Ingresses at once: parse, translate, serialise, and the three after each other; beside the reference.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros write functions; a benchmark stops where it fails"
)]

mod common;

use std::hint::black_box;

use benches::{
    mix::Mix,
    whole::{self, Input},
};
use common::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use knative_gloo_translate::{Options, translate};

fn whole(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("whole");
    for count in common::sizes() {
        let input = Input::new(&Mix::default(), count).expect("the mix is JSON");
        let (documents, ingresses) = (&input.documents, &input.ingresses);
        let options = Options::default();
        let translation = translate(ingresses, &options);
        let mut buffer = Vec::new();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("reference", count), |bencher| {
            bencher.iter(|| whole::reference(documents));
        });
        group.bench_function(BenchmarkId::new("parse", count), |bencher| {
            bencher.iter(|| whole::parse(documents));
        });
        group.bench_function(BenchmarkId::new("translate", count), |bencher| {
            bencher.iter(|| translate(black_box(ingresses), &options));
        });
        group.bench_function(BenchmarkId::new("serialise", count), |bencher| {
            bencher.iter(|| whole::serialise(black_box(&translation), &mut buffer));
        });
        group.bench_function(BenchmarkId::new("JSON to JSON", count), |bencher| {
            bencher.iter(|| whole::json_to_json(documents, &options, &mut buffer));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = whole }
criterion_main!(benches);
