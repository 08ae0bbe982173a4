//! How cost grows where there is much of one thing.

use std::error::Error;

use benches::hostile::{Shape, Way, slope};
use clap::ValueEnum;
use knative_gloo_translate::Outcome;

use super::{measure::least, memory::peak};

/// How the cost of one shape grows.
pub(super) struct Growth {
    pub(super) shape: Shape,
    /// The largest that was measured.
    pub(super) size: usize,
    pub(super) bytes: usize,
    /// Whether it was left out as one that asks for more than Envoy or the translator takes.
    pub(super) rejected: bool,
    /// Nanoseconds of CPU for each byte of input at that size, and the exponent of the growth, for each way.
    pub(super) ways: [(f64, f64); 2],
    /// Bytes of memory at the peak of `translate` for each byte of input at that size, and the exponent of the growth.
    pub(super) memory: (f64, f64),
}

/// Measures each shape at its largest size, a half and a quarter of it.
pub(super) fn growths() -> Result<Vec<Growth>, Box<dyn Error>> {
    Shape::value_variants().iter().map(|shape| growth(*shape)).collect()
}

fn growth(shape: Shape) -> Result<Growth, Box<dyn Error>> {
    let size = shape.largest();
    let bytes = shape.bytes(size)?;
    let reports = Way::Translate.translation(&shape.ingresses(size)).reports;
    let rejected = reports.iter().any(|report| report.outcome != Outcome::Translated);
    let mut ways = [(0.0, 0.0); 2];
    for (measured, way) in ways.iter_mut().zip(Way::ALL) {
        let mut points = Vec::new();
        for size in [size / 4, size / 2, size] {
            let ingresses = shape.ingresses(size);
            let nanos = least(2, || way.translation(&ingresses));
            points.push(((shape.bytes(size)? as f64).ln(), nanos.ln()));
            measured.0 = nanos / bytes as f64;
        }
        measured.1 = slope(&points);
    }
    let mut peaks = Vec::new();
    let mut memory = (0.0, 0.0);
    for size in [size / 4, size / 2, size] {
        let peak = peak(shape, size)?;
        peaks.push(((shape.bytes(size)? as f64).ln(), peak.ln()));
        memory.0 = peak / bytes as f64;
    }
    memory.1 = slope(&peaks);
    eprintln!("  {}", shape.name());
    Ok(Growth { shape, size, bytes, rejected, ways, memory })
}
