//! CPU time for criterion, and the sizes that are measured.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::{
    Criterion,
    measurement::{Measurement, ValueFormatter, WallTime},
};

/// CPU time of the thread, so that a busy machine does not count.
pub(crate) struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    #[allow(clippy::arithmetic_side_effects, reason = "times are short")]
    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_secs_f64() * 1e9
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

pub(crate) fn criterion() -> Criterion<CpuTime> {
    Criterion::default().with_measurement(CpuTime).sample_size(10)
}

/// How many Ingresses: 100, 1,000 and 10,000; with `BENCH_LARGE` set 100,000 as well.
pub(crate) fn sizes() -> Vec<usize> {
    let mut sizes = vec![100, 1_000, 10_000];
    if std::env::var_os("BENCH_LARGE").is_some() {
        sizes.push(100_000);
    }
    sizes
}
