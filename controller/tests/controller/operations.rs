//! The page for operators, the alerts and the dashboard are those of this code.

use std::{collections::BTreeSet, fs, path::PathBuf};

use clap::CommandFactory;
use knative_gloo_controller::{Config, Metrics};

#[path = "../../src/arguments.rs"]
#[allow(dead_code, reason = "only its flags are read here")]
mod arguments;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Holds the part of a page between the marks of `name` to `wanted`; `INSTA_UPDATE=force` writes it.
fn hold_page(path: &str, name: &str, wanted: &str) {
    let page = text(path);
    let (start, end) = (format!("<!-- {name}: written by the tests -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = page.split_once(&start).unwrap();
    let (found, after) = rest.split_once(&end).unwrap();
    if found == wanted {
        return;
    }
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        fs::write(root().join(path), format!("{before}{start}{wanted}{end}{after}")).unwrap();
    } else {
        panic!("{path}, {name}: run the tests with INSTA_UPDATE=force\n{wanted}");
    }
}

/// A metric as it is exposed.
struct Family {
    name: String,
    r#type: String,
    help: String,
    labels: BTreeSet<String>,
    /// The names of its samples.
    samples: BTreeSet<String>,
}

fn families() -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in Metrics::default().encode().lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            families.push(Family {
                name: name.to_owned(),
                r#type: String::new(),
                help: help.trim_end_matches('.').to_owned(),
                labels: BTreeSet::new(),
                samples: BTreeSet::new(),
            });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let family = families.last_mut().unwrap();
            family.r#type = rest.split_once(' ').unwrap().1.to_owned();
        } else if !line.starts_with('#') {
            let family = families.last_mut().unwrap();
            let (sample, rest) = line.split_once(['{', ' ']).unwrap();
            assert!(sample.starts_with(&family.name), "{line}");
            family.samples.insert(sample.to_owned());
            if line.contains('{') {
                let labels = rest.split("\",").filter_map(|label| label.split_once("=\""));
                family.labels.extend(labels.map(|(name, _)| name.to_owned()));
            }
        }
    }
    families
}

#[test]
fn operations_page_lists_all_metrics() {
    let mut table = "| metric | type | labels | what it is |\n|---|---|---|---|\n".to_owned();
    for Family { name, r#type, help, labels, samples } in families() {
        let shown = if r#type == "histogram" { name } else { samples.into_iter().next().unwrap() };
        let labels: Vec<_> =
            labels.iter().filter(|label| *label != "le").map(|it| format!("`{it}`")).collect();
        table += &format!("| `{shown}` | {type} | {} | {help} |\n", labels.join(", "));
    }
    hold_page("docs/operations.md", "metrics", &table);
}

#[test]
fn metric_names_follow_prometheus_conventions() {
    for Family { name, r#type, help, samples, .. } in families() {
        assert!(name.starts_with("knative_gloo_"), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(help.len() > 10, "{name}: {help}");
        match r#type.as_str() {
            "counter" => assert_eq!(samples, [format!("{name}_total")].into()),
            "gauge" => assert_eq!(samples, [name].into()),
            "histogram" => assert!(name.ends_with("_seconds"), "{name}"),
            "info" => assert_eq!(samples, [format!("{name}_info")].into()),
            other => panic!("{name}: {other}"),
        }
    }
}

/// The metrics that `text` names and that are not exposed.
fn unknown_metrics(text: &str) -> Vec<String> {
    let known: BTreeSet<String> = families().into_iter().flat_map(|family| family.samples).collect();
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let names = text.split(|character| !is_part(character)).filter(|word| word.starts_with("knative_gloo_"));
    names.filter(|name| !known.contains(*name)).map(str::to_owned).collect()
}

#[test]
fn alerts_and_dashboard_use_existing_metrics() {
    assert_eq!(unknown_metrics("rate(knative_gloo_wries_total[5m])"), ["knative_gloo_wries_total"]);
    for file in ["controller/deploy/alerts.yaml", "controller/deploy/dashboard.json"] {
        let text = text(file);
        assert_eq!(unknown_metrics(&text), [""; 0], "{file}");
        assert!(text.matches("knative_gloo_").count() > 10, "{file}");
    }
}

#[test]
fn every_alert_is_complete() {
    let file = "controller/deploy/alerts.yaml";
    let rules: serde_json::Value = serde_yaml::from_str(&text(file)).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap().clone();
    assert!(rules.len() >= 8);
    let mut names = BTreeSet::new();
    for rule in &rules {
        let name = rule["alert"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        for field in ["/expr", "/for", "/labels/severity", "/annotations/summary", "/annotations/description"]
        {
            assert!(rule.pointer(field).is_some_and(|value| value.is_string()), "{name}: {field}");
        }
    }
}

#[test]
fn every_dashboard_panel_has_a_query() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&text("controller/deploy/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 10);
    for panel in panels {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{}", panel["title"]);
        assert!(targets.iter().all(|target| target["expr"].is_string()), "{}", panel["title"]);
    }
}

/// A row for each flag.
fn flags() -> String {
    let command = arguments::Arguments::command();
    let mut table = String::new();
    for argument in command.get_arguments() {
        let Some(long) = argument.get_long().filter(|long| !matches!(*long, "help" | "version")) else {
            continue;
        };
        let value = argument.get_value_names().filter(|_| argument.get_action().takes_values());
        let value = value.map(|names| format!(" {}", names[0])).unwrap_or_default();
        let help = argument.get_help().unwrap().to_string();
        // A default that depends on others stands in the text.
        let (help, said) = match help.split_once(" [default: ") {
            Some((help, said)) => (help.to_owned(), said.trim_end_matches(['.', ']']).to_owned()),
            None => (help, String::new()),
        };
        let given: Vec<_> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        let default = match (given.first(), said.as_str(), argument.get_action().takes_values()) {
            (Some(given), _, true) => format!("`{given}`"),
            (None, "", true) => "none".to_owned(),
            (None, said, true) => said.to_owned(),
            (_, _, false) => "off".to_owned(),
        };
        let help = help.replace('|', "\\|");
        table += &format!("| flag `--{long}{value}` | {default} | {} |\n", help.trim_end_matches('.'));
    }
    table
}

/// A row for each environment variable.
fn variables() -> String {
    let row = |variable: &arguments::Variable| {
        let arguments::Variable { name, default, decides } = variable;
        format!("| environment `{name}` | {default} | {decides} |\n")
    };
    arguments::VARIABLES.iter().map(row).collect()
}

/// A row for each field of the options file: names and defaults as the controller has them, and the first sentence of what the code
/// says of each.
fn options() -> String {
    let source = text("translate/src/options/mod.rs");
    let defaults = serde_json::to_value(Config::default().options).unwrap();
    let mut table = String::new();
    for (name, default) in defaults.as_object().unwrap() {
        if matches!(name.as_str(), "apiVersion" | "kind") {
            continue;
        }
        let field = name.chars().fold(String::new(), |field, letter| match letter.is_ascii_uppercase() {
            true => field + "_" + &letter.to_ascii_lowercase().to_string(),
            false => field + &letter.to_string(),
        });
        let (before, _) =
            source.split_once(&format!("    pub {field}: ")).unwrap_or_else(|| panic!("{field}"));
        let lines = before.lines().rev().map(str::trim).skip_while(|line| line.starts_with("#["));
        let lines: Vec<_> = lines.map_while(|line| line.strip_prefix("/// ")).collect();
        let said = lines.into_iter().rev().collect::<Vec<_>>().join(" ");
        let said = said.split(". ").next().unwrap().replace("[`", "`").replace("`]", "`");
        let default = if default.is_null() { "none".to_owned() } else { format!("`{default}`") };
        table += &format!("| option `{name}` | {default} | {} |\n", said.trim_end_matches('.'));
    }
    table
}

#[test]
fn operations_page_lists_all_settings() {
    let head = "| what is set | default | what it decides |\n|---|---|---|\n";
    hold_page("docs/operations.md", "settings", &[head, &flags(), &variables(), &options()].concat());
}
