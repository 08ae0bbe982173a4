//! The section of the page about the whole path.

use std::fmt::Write as _;

use super::plot::thousands;
use crate::whole_path::{Form, Hostile, Start, WholePath};

/// Milliseconds of CPU that a change is meant to take, by the number of Ingresses.
const CPU_AIMS: [(usize, f64); 3] = [(1_000, 10.0), (5_000, 50.0), (20_000, 200.0)];
/// How often the floor is meant to fit into the time from the event to the stored Proxies.
const STORED_AIM: f64 = 1.5;
/// Bytes of memory that are meant to be held: once, and for each Ingress.
const MEMORY_AIM: (f64, f64) = (40e6, 12e3);

/// Writes the section.
pub(super) fn section(page: &mut String, measured: &[WholePath], hostile: &[Hostile]) {
    page.push_str(include_str!("whole_path.md"));
    page.push_str("| Ingresses | Proxies | CPU a change | of the floor | stored after | of the floor | sent | received | memory held | at the peak |\n");
    page.push_str("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for WholePath { count, form, start: _, change, floor_millis, proxy_bytes: _, held, peak } in measured {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.2}× | {} | {:.2}× | {} | {} | {} | {} |",
            thousands(*count),
            form.name(),
            millis(change.cpu_millis),
            change.cpu_millis / floor_millis,
            millis(change.stored_millis),
            change.stored_millis / floor_millis,
            kilobytes(change.sent),
            kilobytes(change.received),
            megabytes(*held),
            megabytes(*peak),
        );
    }
    page.push_str("\n![CPU time of one change against the number of Ingresses](speed-cluster.svg)\n\n");
    aims(page, measured);
    page.push_str(include_str!("whole_path_bounds.md"));
    page.push_str("\n### The start\n\nFrom the start of the program, with nothing of its own in the cluster, until every Ingress is told ready.\n\n");
    page.push_str("| Ingresses | Proxies | both Proxies after | the first status after | the last after | CPU | lists | writes of Proxies, trials included | of statuses |\n");
    page.push_str("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for WholePath { count, form, start, .. } in measured {
        let Start { seconds, cpu_seconds, stored_seconds, first_status_seconds, requests: _ } = start;
        let _ = writeln!(
            page,
            "| {} | {} | {stored_seconds:.2} s | {first_status_seconds:.2} s | {seconds:.2} s | {cpu_seconds:.2} s | {} | {} | {} |",
            thousands(*count),
            form.name(),
            start.requests_of(&["list"]),
            start.requests_of(&["apply Proxy", "trial Proxy"]),
            thousands(start.requests_of(&["status Ingress"])),
        );
    }
    page.push_str("\n### Hostile Ingresses\n\nBeside 1,000 of the mix; compressed.\n\n");
    page.push_str("| what changes | changes | in | CPU a change | writes of Proxies | of statuses |\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for Hostile { name, changes, seconds, cpu_millis, proxies, statuses } in hostile {
        let _ = writeln!(
            page,
            "| {name} | {} | {seconds:.1} s | {} | {proxies} | {} |",
            thousands(*changes),
            millis(*cpu_millis),
            thousands(*statuses),
        );
    }
    page.push_str(include_str!("real.md"));
    page.push('\n');
}

/// What is meant to be, and in bold what isn't.
fn aims(page: &mut String, measured: &[WholePath]) {
    page.push_str("| aim; what is not reached is **bold** | plain | compressed |\n| --- | ---: | ---: |\n");
    for (count, most_millis) in CPU_AIMS {
        let of = |form: Form| measured.iter().find(|it| (it.count, it.form) == (count, form));
        let (Some(plain), Some(compressed)) = (of(Form::Plain), of(Form::Compressed)) else { continue };
        let mut row = |aim: String,
                       is_reached: &dyn Fn(&WholePath) -> bool,
                       shown: fn(&WholePath) -> String| {
            let cell = |it| if is_reached(it) { shown(it) } else { format!("**{}**", shown(it)) };
            let _ =
                writeln!(page, "| {}, {aim} | {} | {} |", thousands(count), cell(plain), cell(compressed));
        };
        row(
            format!("CPU a change: at most {most_millis} ms"),
            &|it| it.change.cpu_millis <= most_millis,
            |it| millis(it.change.cpu_millis),
        );
        row(
            format!("event to stored: at most {STORED_AIM} of the floor"),
            &|it| it.change.stored_millis <= STORED_AIM * it.floor_millis,
            |it| format!("{:.2}×", it.change.stored_millis / it.floor_millis),
        );
        let most = MEMORY_AIM.0 + MEMORY_AIM.1 * count as f64;
        row(format!("memory held: at most {}", megabytes(most)), &|it| it.held <= most, |it| {
            megabytes(it.held)
        });
    }
}

fn millis(millis: f64) -> String {
    if millis < 9.95 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}

fn kilobytes(bytes: f64) -> String {
    format!("{} kB", thousands((bytes / 1e3).round() as usize))
}

fn megabytes(bytes: f64) -> String {
    format!("{:.0} MB", bytes / 1e6)
}
