//! The first page, and that of each crate, as a stranger meets it: in an empty folder, its commands and its example as they stand.
//!
//! `cargo add` is given the paths of this tree, in place of a registry, and this tree's lock, so that no network is needed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where its assumption fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{Limits, read};
use tempfile::TempDir;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What k8s-openapi says where nobody has chosen a version of Kubernetes.
const NO_VERSION: &str = "None of the v1_* features are enabled on the k8s-openapi crate";

#[test]
fn workspace_readme_example_runs() {
    let Output { stdout, stderr, .. } = Page::read("README.md", "## Embed it\n").run();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(stderr, "translated: team-a/shop\n");

    let proxies: Vec<Proxy> =
        read("stdout", &stdout, &Limits::default()).map(|d| d.unwrap().parse().unwrap()).collect();
    let names: Vec<_> = proxies.iter().map(|proxy| proxy.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["knative-external-proxy", "knative-internal-proxy"]);
    for proxy in &proxies {
        let json = serde_json::to_string(proxy).unwrap();
        assert!(json.contains("shop.team-a.example.com"), "{json}");
    }
}

#[test]
fn crate_readme_examples_run() {
    for (page, said) in [
        ("translate/README.md", "translated: team-a/shop\n"),
        ("gloo-proxy-model/README.md", ""),
        ("knative-ingress-model/README.md", ""),
        ("manifests/README.md", "shop.yaml: document 1, line 10, column 26: duplicate key `name`\n"),
    ] {
        let Output { stderr, .. } = Page::read(page, "# ").run();
        assert_eq!(String::from_utf8(stderr).unwrap(), said, "{page}");
    }
}

/// The one feature that must be chosen. Without it another crate's build fails, and the page says what to make of that.
#[test]
fn readme_explains_a_missing_kubernetes_version() {
    let page = Page::read("README.md", "## Embed it\n");
    let project = Project::new();
    for command in &page.commands {
        project.add(&command.replace(" --features latest", ""));
    }
    let Output { status, stdout: _, stderr } = project.cargo(&["check", "--quiet", "--offline"]);
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(!status.success());
    assert!(stderr.contains(NO_VERSION), "{stderr}");
    let advice = page.text.split("\n\n").find(|paragraph| paragraph.contains(NO_VERSION)).unwrap();
    assert!(advice.contains("`--features latest`"), "{advice}");
}

/// What a page, from a heading on, tells people to do.
struct Page {
    text: String,
    commands: Vec<String>,
    example: String,
}

impl Page {
    fn read(file: &str, heading: &str) -> Self {
        let text = fs::read_to_string(Path::new(WORKSPACE).join(file)).unwrap();
        let (_, section) = text.split_once(heading).unwrap_or_else(|| panic!("{file} has no {heading:?}"));
        let commands = block(section, "sh").lines().map(str::to_owned).collect();
        let example = block(section, "rust").to_owned();
        Page { text, commands, example }
    }

    /// Does so in an empty folder; it must succeed.
    fn run(&self) -> Output {
        let project = Project::new();
        for command in &self.commands {
            project.add(command);
        }
        fs::write(project.path().join("src/main.rs"), &self.example).unwrap();
        let output = project.cargo(&["run", "--quiet", "--offline"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

fn block<'a>(text: &'a str, language: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// A project of a stranger's.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Project(folder);
        let made = cargo(project.0.path(), &["new", "--quiet", "--vcs", "none", "stranger"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), project.path().join("Cargo.lock")).unwrap();
        project
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("stranger")
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        cargo(&self.path(), arguments)
    }

    /// `cargo add` of one or several crates, those of this tree by their paths.
    fn add(&self, command: &str) {
        let members = members();
        let words = command.strip_prefix("cargo add ").unwrap_or_else(|| panic!("`{command}` adds nothing"));
        let (crates, features) = words.split_once(" --").map_or((words, None), |(c, f)| (c, Some(f)));
        let features = features.map(|features| format!("--{features}"));
        for name in crates.split_whitespace() {
            let path = members.get(name).map(|path| path.to_str().unwrap());
            let mut arguments = vec!["add", "--quiet", "--offline"];
            arguments.extend(features.as_deref().into_iter().flat_map(str::split_whitespace));
            match path {
                Some(path) => arguments.extend(["--path", path]),
                None => arguments.push(name),
            }
            let Output { status, stderr, .. } = self.cargo(&arguments);
            assert!(status.success(), "{command}: {}", String::from_utf8_lossy(&stderr));
        }
    }
}

/// The packages of this tree and their folders.
fn members() -> BTreeMap<String, PathBuf> {
    let folders = fs::read_dir(WORKSPACE).unwrap().map(|entry| entry.unwrap().path());
    let named = folders.filter_map(|folder| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = \""))?.trim_end_matches('"');
        Some((name.to_owned(), folder.canonicalize().unwrap()))
    });
    named.collect()
}

/// Cargo as a stranger has it: nothing of this test's environment, but that what it builds is kept for the next run.
fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO") && text != "CARGO_HOME" || text == "K8S_OPENAPI_ENABLED_VERSION" {
            command.env_remove(&name);
        }
    }
    command
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/stranger"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("RUST_BACKTRACE", "0")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}
