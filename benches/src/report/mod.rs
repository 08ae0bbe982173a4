//! Measures everything, and writes it down as a page and a plot.

mod hostile;
mod markdown;
pub(crate) mod measure;
mod memory;
pub(crate) mod plot;
mod whole_path;

use std::{error::Error, fs, path::Path};

use hostile::Growth;
use measure::AtSize;
use memory::Memory;

use crate::whole_path::{Hostile, WholePath, measure as measure_whole_path};

/// The numbers of Ingresses.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// What has been measured in one run.
struct Measured {
    whole_path: Vec<WholePath>,
    hostile_in_cluster: Vec<Hostile>,
    sizes: Vec<AtSize>,
    memory: Vec<Memory>,
    hostile: Vec<Growth>,
}

/// Measures up to so many Ingresses and writes `speed.md` with its plots into the directory `to`.
pub(crate) fn report(largest: usize, to: &Path) -> Result<(), Box<dyn Error>> {
    let sizes: Vec<usize> = SIZES.into_iter().filter(|size| *size <= largest).collect();
    let (whole_path, hostile_in_cluster) = measure_whole_path(largest)?;
    let mut measured = Measured {
        whole_path,
        hostile_in_cluster,
        sizes: Vec::new(),
        memory: Vec::new(),
        hostile: Vec::new(),
    };
    for size in &sizes {
        eprintln!("{size} Ingresses");
        measured.sizes.push(measure::at_size(*size)?);
        measured.memory.push(memory::memory(*size)?);
    }
    eprintln!("hostile shapes");
    measured.hostile = hostile::growths()?;
    fs::write(to.join("speed.md"), markdown::page(&measured))?;
    fs::write(to.join("speed-cluster.svg"), plot::whole_path(&measured.whole_path)?)?;
    fs::write(to.join("speed.svg"), plot::plot(&measured.sizes)?)?;
    Ok(())
}
