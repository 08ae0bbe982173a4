use std::fmt::Write;

use knative_gloo_translate::Dialect;

use super::{AdversarialRow, CaseRow, DifferentialRow, Recordings, Report, TestRow};
use crate::checks::adversarial::Effect;

/// The report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    let (passed, all) = report.passed();
    writeln!(out, "# Conformance report\n")?;
    writeln!(out, "Made by `cargo run -p knative-gloo-conformance -- report` on Envoy {}.\n", report.envoy)?;
    writeln!(out, "| | {} |", Dialect::ALL.map(|dialect| format!("`{dialect}`")).join(" | "))?;
    writeln!(out, "|---|---|---|---|")?;
    let of = |count: &usize| format!("{count} of {all}");
    writeln!(
        out,
        "| Knative's ingress conformance suite | {} |",
        passed.iter().map(of).collect::<Vec<_>>().join(" | ")
    )?;
    let (frozen, frozen_gloo) = report.adversarial_count(|effect| matches!(effect, Effect::Frozen(_)));
    let files = report.adversarial.len();
    writeln!(
        out,
        "| entries that freeze the gateway for everybody | {frozen} of {files} | not run | {frozen_gloo} of {files} |"
    )?;
    let Recordings { all, equal, verdicts } = report.recordings;
    writeln!(
        out,
        "\nThe lowering equals Gloo's in {equal} of {all} recordings, and Envoy gives the recorded verdict in {verdicts} of {all}."
    )?;
    let DifferentialRow { sets, requests, differences } = &report.differential;
    let agreed = sets.saturating_sub(differences.len());
    writeln!(
        out,
        "\nThe simulator and Envoy agree on {agreed} of {sets} random sets of Ingresses, each asked {requests} requests near its edges."
    )?;
    writeln!(out, "\n## Suite\n")?;
    writeln!(out, "| test | stage | {} |", Dialect::ALL.map(|dialect| format!("`{dialect}`")).join(" | "))?;
    writeln!(out, "|---|---|---|---|---|")?;
    for TestRow { name, stage, failures } in &report.tests {
        let cells: Vec<String> = failures.iter().map(|failure| cell(failure.as_deref())).collect();
        writeln!(out, "| {name} | {} | {} |", stage.as_str(), cells.join(" | "))?;
    }
    writeln!(
        out,
        "\n## Cases\n\nWhat the suite does not look at, with the `knative` dialect: `conformance/cases`.\n"
    )?;
    writeln!(out, "| case | what it shows | source | |\n|---|---|---|---|")?;
    for CaseRow { name, title, source, failure } in &report.cases {
        let failure = failure.as_ref().map(ToString::to_string);
        writeln!(out, "| {name} | {} | {} | {} |", escape(title), escape(source), cell(failure.as_deref()))?;
    }
    writeln!(
        out,
        "\n## Adversarial entries\n\nEach entry stands beside two healthy Ingresses: `fixtures/adversarial`.\n"
    )?;
    writeln!(out, "| effect | `knative` | `gloo-1.22` |\n|---|---|---|")?;
    for (title, effect) in EFFECTS {
        let (knative, gloo) = report.adversarial_count(effect);
        writeln!(out, "| {title} | {knative} | {gloo} |")?;
    }
    writeln!(out, "\n| entry | `knative` makes of it | `knative` | `gloo-1.22` |\n|---|---|---|---|")?;
    for AdversarialRow { name, knative, gloo, outcome } in &report.adversarial {
        writeln!(out, "| {name} | {outcome} | {} | {} |", word(knative), word(gloo))?;
    }
    Ok(())
}

type Of = fn(&Effect) -> bool;

/// The effects in the order of their harm.
pub(super) const EFFECTS: [(&str, Of); 4] = [
    ("none: everybody is served", |effect| matches!(effect, Effect::Harmless)),
    ("Gloo marks everybody's Proxy rejected, Envoy serves it", |effect| {
        matches!(effect, Effect::MarkedRejected(_))
    }),
    ("a neighbour is not answered by its own backend", |effect| matches!(effect, Effect::NeighbourHurt(_))),
    ("Envoy refuses it: the gateway is frozen for everybody", |effect| matches!(effect, Effect::Frozen(_))),
];

/// One word or two for an effect.
pub(super) fn word(effect: &Effect) -> String {
    match effect {
        Effect::Harmless => "harmless".to_owned(),
        Effect::MarkedRejected(kinds) => format!("marked rejected: {}", kinds.join(", ")),
        Effect::NeighbourHurt(_) => "a neighbour is hurt".to_owned(),
        Effect::Frozen(_) => "frozen".to_owned(),
    }
}

fn cell(failure: Option<&str>) -> String {
    failure.map_or_else(|| "pass".to_owned(), |reason| format!("fails: {}", escape(reason)))
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
