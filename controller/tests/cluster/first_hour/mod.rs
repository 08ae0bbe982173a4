//! `docs/first-hour.md`, followed as it stands: each of its commands is run by a shell, with the real kubectl and `knative-gloo`, and what it
//! prints is what the page shows. From Gloo's own translator to the controller and back, under load.

mod gloo_translator;
mod logs;
mod node;
mod page;

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use gloo_proxy_model::{Proxy, ProxySpec};
use knative_gloo_conformance::testbed::kubernetes::{KubernetesCluster, User, programs};
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::{Gateway, Options, translate};
use knative_ingress_model::Ingress;
use kube::Api;
use kube::api::{ListParams, PostParams};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::load::Load;
use crate::revisions::Revisions;
use crate::rig::Rig;
use crate::serving::{expect_none_failed, steps};
use node::Node;
use page::{Block, blocks, matches};

const PAGE: &str = include_str!("../../../../docs/first-hour.md");
const HOSTS: [&str; 2] = ["helloworld-go.default.example.com", "zero.default.example.com"];
const PATIENCE: Duration = Duration::from_secs(60);

/// Each command does what the page says, and from the first to the last no request fails. What is done before the take-over changes no
/// Proxy; after it they are what the options in use give, and after the way back what they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn first_hour_commands_run() {
    let Rig { cluster, turn: _turn } = Rig::without_controller("default").await;
    let cluster = Arc::new(cluster);
    let mut revisions = Revisions::new(&cluster);
    for (step, ingress) in [("1-create", "helloworld-go"), ("2-rollout-v2", "zero")] {
        let ingress = steps()[step].iter().find(|found| found.name() == ingress).unwrap().clone();
        revisions.start_for(&ingress, &[]).await;
        cluster.ingresses("default").create(&PostParams::default(), &ingress).await.unwrap();
    }
    let mut shell = Shell::new(&cluster).await;
    shell.run("kubectl apply -f first_hour/cluster.yaml").await.unwrap();
    shell.run("kubectl wait crd settings.gloo.solo.io --for=condition=Established").await.unwrap();
    shell.run("kubectl apply -f first_hour/settings.yaml").await.unwrap();
    let node = Node::start(&cluster, PathBuf::from(env!("CARGO_BIN_EXE_knative-gloo-controller"))).await;
    shell.node = Some(node);
    shell.run("kubectl wait kingress -A --all --for=condition=Ready --timeout=1m").await.unwrap();
    let before = specs(&cluster).await;
    let loads = HOSTS.map(|host| Load::start(&cluster, Gateway::External, host));

    shell.play("Before").await;
    assert_eq!(specs(&cluster).await, before);
    shell.play("The take-over").await;
    shell.play("After").await;
    assert_eq!(specs(&cluster).await, shell.translated(&cluster).await);
    for load in &loads {
        load.requests(100).await;
    }
    shell.play("The way back").await;
    assert_eq!(specs(&cluster).await, before);
    assert_eq!(shell.to_play, [], "under headings that are not known");
    for (host, load) in HOSTS.into_iter().zip(loads) {
        load.requests(100).await;
        expect_none_failed(host, load.finish().await);
    }
}

/// What each Proxy holds.
async fn specs(cluster: &KubernetesCluster) -> BTreeMap<Gateway, ProxySpec> {
    let proxies = Api::<Proxy>::namespaced(cluster.client().clone(), "gloo-system");
    let mut specs = BTreeMap::new();
    for gateway in Gateway::ALL {
        let proxy = proxies.get(gateway.proxy_name()).await.unwrap();
        specs.insert(gateway, proxy.decompressed().unwrap().spec);
    }
    specs
}

/// Where the page is followed: a directory with the controller's files, and with what the commands write.
struct Shell {
    directory: TempDir,
    to_play: Vec<Block>,
    node: Option<Node>,
}

impl Shell {
    async fn new(cluster: &KubernetesCluster) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        symlink(here, path("controller")).unwrap();
        symlink(here.join("tests/cluster/first_hour"), path("first_hour")).unwrap();
        std::fs::create_dir(path("bin")).unwrap();
        // Built with the tests that `cargo xtask cluster` runs, into the same directory.
        let command = Path::new(env!("CARGO_BIN_EXE_knative-gloo-controller")).with_file_name("knative-gloo");
        for program in [command, programs().unwrap().join("kubectl")] {
            assert!(program.exists(), "{} is not there: run `cargo xtask cluster`", program.display());
            symlink(&program, path("bin").join(program.file_name().unwrap())).unwrap();
        }
        std::fs::write(path("kubeconfig"), cluster.kubeconfig(User::Admin).await.to_string()).unwrap();
        Self { directory, to_play: blocks(PAGE), node: None }
    }

    /// Runs all blocks of the section whose heading begins so. What only looks is run until it prints what the page shows, as somebody looks again.
    async fn play(&mut self, section: &str) {
        let (here, later): (Vec<_>, _) = std::mem::take(&mut self.to_play)
            .into_iter()
            .partition(|block| block.section.starts_with(section));
        self.to_play = later;
        assert!(!here.is_empty(), "nothing to do under: {section}");
        for block in here {
            let give_up = Instant::now() + PATIENCE;
            loop {
                let answer = self.run(&block.commands).await;
                let as_shown = match &answer {
                    Ok(printed) => block.shown.as_ref().is_none_or(|shown| matches(shown, printed)),
                    Err(_) => false,
                };
                if as_shown {
                    println!("{}{}", block.commands, answer.unwrap_or_default());
                    break;
                }
                let again = block.only_looks() && Instant::now() < give_up;
                assert!(again, "{section}: {block:#?}\nbut it is:\n{}", answer.unwrap_or_else(|error| error));
                sleep(Duration::from_millis(500)).await;
            }
        }
    }

    /// What these commands print, to standard output or error, as they come; an error if one of them fails.
    async fn run(&self, commands: &str) -> Result<String, String> {
        let mut shell = Command::new("timeout");
        let path = std::env::var("PATH").unwrap_or_default();
        shell
            .args(["180", "sh", "-euc", &format!("exec 2>&1\n{commands}")])
            .current_dir(self.directory.path())
            .env("PATH", format!("{}:{path}", self.directory.path().join("bin").display()))
            .env("KUBECONFIG", self.directory.path().join("kubeconfig"))
            // Where kubectl keeps what it knows of a cluster.
            .env("HOME", self.directory.path());
        let output = spawn_blocking(move || shell.output()).await.unwrap().unwrap();
        if let Some(node) = &self.node {
            node.expect_running();
        }
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(printed) } else { Err(format!("{printed}{}", output.status)) }
    }

    /// What the options that the page took out of `deploy.yaml` make of the Ingresses.
    async fn translated(&self, cluster: &KubernetesCluster) -> BTreeMap<Gateway, ProxySpec> {
        let text = std::fs::read(self.directory.path().join("options.yaml")).unwrap();
        let mut documents = read("options.yaml", &text, &Limits::default());
        let options = documents.next().unwrap().unwrap().parse_with_defaults(&Options::default()).unwrap();
        let ingresses =
            Api::<Ingress>::all(cluster.client().clone()).list(&ListParams::default()).await.unwrap();
        let translation = translate(&ingresses.items, &options);
        Gateway::ALL.into_iter().map(|gateway| (gateway, translation.proxy(gateway).spec.clone())).collect()
    }
}
