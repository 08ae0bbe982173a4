//! One Ingress among many: each event up to the change that it makes.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    reason = "criterion's macros write functions; times are short"
)]

mod common;

use std::{hint::black_box, time::Duration};

use benches::{
    events::{Event, Stage},
    mix::Mix,
};
use common::CpuTime;
use cpu_time::ThreadTime;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn incremental(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("incremental");
    let mix = Mix::default();
    for count in common::sizes() {
        let ingresses = mix.ingresses(count);
        for event in Event::ALL {
            let mut stage = Stage::new(event, &mix, &ingresses);
            group.bench_function(BenchmarkId::new(event.name(), count), |bencher| {
                // A round is many events; criterion divides by what it asked for.
                bencher.iter_custom(|events| {
                    let rounds = events.div_ceil(stage.subjects() as u64).max(1);
                    let mut spent = Duration::ZERO;
                    for _ in 0..rounds {
                        let start = ThreadTime::now();
                        stage.perform(|change| drop(black_box(change)));
                        spent += start.elapsed();
                        stage.restore();
                    }
                    spent.mul_f64(events as f64 / (rounds * stage.subjects() as u64) as f64)
                });
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = incremental }
criterion_main!(benches);
