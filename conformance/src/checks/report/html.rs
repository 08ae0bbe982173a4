use std::fmt::Write;

use knative_gloo_translate::Dialect;

use super::markdown::{EFFECTS, word};
use super::{AdversarialRow, CaseRow, DifferentialRow, Recordings, Report, TestRow};
use crate::checks::adversarial::Effect;

const STYLE: &str = include_str!("style.css");

/// The report as one page of HTML that needs nothing else.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    let (passed, all) = report.passed();
    let Report { envoy, tests, cases, recordings, adversarial, differential } = report;
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(
        out,
        "<title>Conformance report</title>\n<style>\n{STYLE}</style>\n<main>\n<h1>Conformance report</h1>"
    )?;
    writeln!(
        out,
        "<p>Made by <code>cargo run -p knative-gloo-conformance -- report</code> on Envoy {}.</p>",
        escape(envoy)
    )?;
    writeln!(out, "<ul class=\"figures\">")?;
    for (dialect, passed) in Dialect::ALL.into_iter().zip(&passed) {
        figure(out, &format!("{passed}/{all}"), &format!("of Knative's suite with <code>{dialect}</code>"))?;
    }
    let shown = cases.iter().filter(|case| case.failure.is_none()).count();
    figure(out, &format!("{shown}/{}", cases.len()), "of the cases beside the suite")?;
    let Recordings { all, equal, verdicts } = recordings;
    figure(out, &format!("{equal}/{all}"), "lowerings equal to Gloo's")?;
    figure(out, &format!("{verdicts}/{all}"), "verdicts of Envoy as recorded")?;
    let DifferentialRow { sets, requests, differences } = differential;
    let agreed = sets.saturating_sub(differences.len());
    let of = format!("random sets on which simulator and Envoy agree, each asked {requests} times");
    figure(out, &format!("{agreed}/{sets}"), &of)?;
    let (frozen, frozen_gloo) = report.adversarial_count(|effect| matches!(effect, Effect::Frozen(_)));
    figure(
        out,
        &format!("{frozen}/{}", adversarial.len()),
        "poisons that freeze the gateway with <code>knative</code>",
    )?;
    figure(out, &format!("{frozen_gloo}/{}", adversarial.len()), "that did with <code>gloo-1.22</code>")?;
    writeln!(out, "</ul>")?;

    writeln!(out, "<h2>Suite</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>test<th>stage")?;
    for dialect in Dialect::ALL {
        writeln!(out, "<th>{dialect}")?;
    }
    writeln!(out, "</thead>\n<tbody>")?;
    for TestRow { name, stage, failures } in tests {
        write!(out, "<tr><th scope=\"row\">{name}<td>{}", stage.as_str())?;
        failures.iter().try_for_each(|failure| result(out, failure.as_deref()))?;
        writeln!(out)?;
    }
    writeln!(out, "</tbody></table></div>")?;

    writeln!(
        out,
        "<h2>Cases</h2>\n<p>What the suite does not look at, with the <code>knative</code> dialect.</p>"
    )?;
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>case<th>what it shows<th>source<th>result</thead>\n<tbody>"
    )?;
    for CaseRow { name, title, source, failure } in cases {
        write!(out, "<tr><th scope=\"row\">{}<td>{}<td>{}", escape(name), escape(title), escape(source))?;
        result(out, failure.as_ref().map(ToString::to_string).as_deref())?;
        writeln!(out)?;
    }
    writeln!(out, "</tbody></table></div>")?;

    writeln!(
        out,
        "<h2>Poison</h2>\n<p>Each entry stands beside two healthy Ingresses, and Envoy gets what becomes of them.</p>"
    )?;
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>effect<th>knative<th>gloo-1.22</thead>\n<tbody>"
    )?;
    for (title, effect) in EFFECTS {
        let (knative, gloo) = report.adversarial_count(effect);
        writeln!(
            out,
            "<tr><th scope=\"row\">{title}<td class=\"number\">{knative}<td class=\"number\">{gloo}"
        )?;
    }
    writeln!(out, "</tbody></table></div>\n<details><summary>All {} entries</summary>", adversarial.len())?;
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>entry<th>knative makes of it<th>knative<th>gloo-1.22</thead>\n<tbody>"
    )?;
    for AdversarialRow { name, knative, gloo, outcome } in adversarial {
        write!(out, "<tr><th scope=\"row\">{}<td>{}", escape(name), escape(outcome))?;
        for effect in [knative, gloo] {
            let class = if *effect == Effect::Harmless { "pass" } else { "fail" };
            write!(out, "<td class=\"{class}\">{}", escape(&word(effect)))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "</tbody></table></div></details>\n</main>\n</html>")
}

fn figure(out: &mut String, number: &str, of: &str) -> std::fmt::Result {
    writeln!(out, "<li><strong>{number}</strong> {of}</li>")
}

fn result(out: &mut String, failure: Option<&str>) -> std::fmt::Result {
    match failure {
        None => write!(out, "<td class=\"pass\">pass"),
        Some(reason) => write!(out, "<td class=\"fail\"><b>fails</b> {}", escape(reason)),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
