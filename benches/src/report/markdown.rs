//! The page.

use std::fmt::Write as _;

use benches::events::Event;

use super::{
    Measured,
    hostile::Growth,
    measure::{AtSize, Step},
    memory::Memory,
    plot::thousands,
    whole_path::section,
};

/// Microseconds that the reference took where the aims were set, and Gloo's translator was measured.
const REFERENCE_THERE: f64 = 11.0;

/// The page, Markdown.
pub(super) fn page(measured: &Measured) -> String {
    let Measured { whole_path, hostile_in_cluster, sizes, memory, hostile } = measured;
    let mut page = String::from(include_str!("head.md"));
    section(&mut page, whole_path, hostile_in_cluster);
    page.push_str(include_str!("libraries.md"));
    if let Some(size) = sizes.last() {
        let _ = writeln!(
            page,
            "The mix: {:.0} bytes of JSON and {:.2} rules an Ingress; both Proxies together are {:.0} bytes an Ingress.\n",
            size.bytes,
            size.rules,
            size.output as f64 / size.count as f64
        );
    }
    page.push_str("### As a multiple of the reference\n\n");
    table(&mut page, sizes, "", |size, step| format!("{:.2}×", size.ratio(step)));
    page.push_str("\n![Cost against the number of Ingresses](speed.svg)\n\n### In microseconds of CPU\n\n");
    table(&mut page, sizes, " (µs)", |size, step| format!("{:.2}", size.nanos(step) / 1e3));
    let references = sizes.iter().map(|size| format!("{:.2}", size.reference / 1e3));
    row(&mut page, "reference: `serde_json` to `Value`", references);
    page.push_str("\n### Memory, for each Ingress\n\n");
    memory_table(&mut page, memory);
    page.push_str("\n### Aims\n\n");
    aims(&mut page, sizes, memory);
    page.push_str(include_str!("bounds.md"));
    hostile_table(&mut page, hostile);
    page.push_str(include_str!("tail.md"));
    page
}

fn row(page: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    let _ = write!(page, "| {name} |");
    for cell in cells {
        let _ = write!(page, " {cell} |");
    }
    page.push('\n');
}

fn head(page: &mut String, name: &str, counts: impl Iterator<Item = usize> + Clone) {
    row(page, name, counts.clone().map(thousands));
    row(page, "---", counts.map(|_| "---:".to_owned()));
}

fn table(page: &mut String, sizes: &[AtSize], unit: &str, cell: impl Fn(&AtSize, Step) -> String) {
    head(page, &format!("Ingresses{unit}"), sizes.iter().map(|size| size.count));
    for step in Step::ALL {
        row(page, step.name(), sizes.iter().map(|size| cell(size, step)));
    }
}

fn memory_table(page: &mut String, memory: &[Memory]) {
    head(page, "Ingresses", memory.iter().map(|memory| memory.count));
    for (name, key) in [
        ("allocations to read it into a `Value`", "referenceAllocations"),
        ("allocations to parse it", "parseAllocations"),
        ("allocations to translate it", "translateAllocations"),
        ("allocations from JSON to JSON", "jsonToJsonAllocations"),
        ("bytes of the output", "outputBytes"),
        ("bytes at the peak of translating, output included", "translatePeakBytes"),
        ("bytes at the peak from JSON to JSON, both ends included", "jsonToJsonPeakBytes"),
        ("bytes that a `Translator` holds beside the output (`apply`)", "heldBytes"),
        ("the same where it shares the caller's Ingresses (`apply_shared`)", "heldBytesWithCache"),
    ] {
        row(page, name, memory.iter().map(|memory| format!("{:.0}", memory.of(key))));
    }
}

fn aims(page: &mut String, sizes: &[AtSize], memory: &[Memory]) {
    let at = |count: usize| sizes.iter().find(|size| size.count == count);
    let mut rows: Vec<(String, String, bool)> = Vec::new();
    if let Some(size) = at(10_000) {
        let mut ratio = |aim: &str, step: Step, most: f64| {
            let found = size.ratio(step);
            let shown = format!("{found:.2}×, {:.2} µs", size.nanos(step) / 1e3);
            rows.push((format!("{aim}: at most {most:.2}×"), shown, found <= most));
        };
        ratio("translate (2 µs)", Step::Translate, 2.0 / REFERENCE_THERE);
        ratio("JSON to JSON", Step::JsonToJson, 1.2);
        ratio("one change among 10,000 (20 µs)", Step::Event(Event::Changed), 20.0 / REFERENCE_THERE);
    }
    if let (Some(small), Some(large)) = (at(1_000), at(100_000)) {
        for step in [Step::Translate, Step::JsonToJson, Step::Event(Event::Changed)] {
            let growth = large.nanos(step) / small.nanos(step);
            let aim = format!("{} with 100,000: at most 1.30 times what it is with 1,000", step.name());
            rows.push((aim, format!("{growth:.2} times"), growth <= 1.3));
        }
    }
    if let Some(memory) = memory.iter().find(|memory| memory.count == 10_000) {
        for (way, key) in [("apply", "heldBytes"), ("apply_shared", "heldBytesWithCache")] {
            let held = memory.of(key);
            rows.push((
                format!("held beside the output (`{way}`): at most 4,096 bytes"),
                format!("{held:.0}"),
                held <= 4096.0,
            ));
        }
    }
    page.push_str("| aim | measured | |\n| --- | ---: | --- |\n");
    for (aim, found, is_reached) in rows {
        let _ = writeln!(
            page,
            "| {aim} | {found} | {} |",
            if is_reached { "reached" } else { "**not reached**" }
        );
    }
}

fn hostile_table(page: &mut String, hostile: &[Growth]) {
    page.push_str("| much of | size | input | translate | exponent | apply | exponent | peak | exponent |\n");
    page.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for Growth { shape, size, bytes, rejected, ways, memory: (peak, of_peak) } in hostile {
        let [(translate, of_translate), (apply, of_apply)] = ways;
        let _ = writeln!(
            page,
            "| {}{} | {} | {} kB | {translate:.1} | {of_translate:.2} | {apply:.1} | {of_apply:.2} | {peak:.1} | {of_peak:.2} |",
            shape.name(),
            if *rejected { " (rejected)" } else { "" },
            thousands(*size),
            thousands(bytes / 1000),
        );
    }
}
