//! A stand-in for what makes pods of a Deployment and runs them: the Deployment controller and a kubelet, which need a container runtime.
//! It sees the Deployments of a namespace and
//!
//! - makes and deletes Pods as `replicas` says, and tells the Deployment how many are ready;
//! - runs in each the controller's program with the arguments, environment and ConfigMaps of the container and a token of its
//!   ServiceAccount, asks what the readiness probe asks, ends it with SIGTERM; or for Gloo's translator the stand-in for that;
//! - serves `kubectl logs`.
//!
//! Not there: the image itself, the file system and the user of a container, its limits, its own network. Each pod has an address, and
//! `--listen` binds that alone, since all addresses are of one network here; the program finds the API server by a kubeconfig.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod, PodSpec, ServiceAccount};
use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::kubernetes::KubernetesCluster;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::{gloo_translator, logs};

const NAMESPACE: &str = "gloo-system";
/// Where `/metrics` and the probes are, as `deploy.yaml` has it.
const TELEMETRY: u16 = 9090;
const POLL: Duration = Duration::from_millis(100);

/// The node. All that it runs ends when it is dropped.
pub struct Node {
    task: JoinHandle<()>,
}

impl Node {
    /// Starts it: Deployments are looked at from now on.
    pub async fn start(cluster: &Arc<KubernetesCluster>, program: PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = logs::serve(cluster.pod_ip(), directory.path().to_owned()).await;
        let client = cluster.client().clone();
        let status = json!({"status": {
            "addresses": [{"type": "InternalIP", "address": cluster.pod_ip()}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }});
        let nodes = Api::<k8s_openapi::api::core::v1::Node>::all(client.clone());
        nodes.patch_status("node", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
        let kubelet = Kubelet {
            cluster: Arc::clone(cluster),
            client,
            program,
            directory,
            pods: BTreeMap::new(),
            started: 0,
        };
        Self { task: tokio::spawn(kubelet.run()) }
    }

    /// Fails when it has stopped at something that it can't do.
    pub fn expect_running(&self) {
        assert!(!self.task.is_finished(), "the node has ended");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Kubelet {
    cluster: Arc<KubernetesCluster>,
    client: Client,
    program: PathBuf,
    directory: TempDir,
    /// By Deployment.
    pods: BTreeMap<String, Vec<RunningPod>>,
    started: usize,
}

struct RunningPod {
    name: String,
    ip: IpAddr,
    running: Running,
    is_ready: bool,
}

enum Running {
    Program(Child),
    GlooTranslator(JoinHandle<()>),
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Self::Program(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Self::GlooTranslator(task) => task.abort(),
        }
    }
}

impl Kubelet {
    async fn run(mut self) {
        let deployments = self.api::<Deployment>();
        loop {
            for deployment in deployments.list(&ListParams::default()).await.unwrap() {
                self.reconcile(&deployment).await;
            }
            sleep(POLL).await;
        }
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), NAMESPACE)
    }

    async fn reconcile(&mut self, deployment: &Deployment) {
        let name = deployment.metadata.name.clone().unwrap();
        let spec = &deployment.spec;
        let wanted = usize::try_from(spec.replicas.unwrap_or(1)).unwrap();
        while self.pods.entry(name.clone()).or_default().len() < wanted {
            let pod = self.create_pod(&name, deployment).await;
            self.pods.entry(name.clone()).or_default().push(pod);
        }
        while self.pods[&name].len() > wanted {
            let pod = self.pods.get_mut(&name).unwrap().remove(0);
            self.delete_pod(pod).await;
        }
        let template = spec.template.spec.as_ref().unwrap();
        let mut pods = self.pods.remove(&name).unwrap();
        for pod in pods.iter_mut().filter(|pod| !pod.is_ready) {
            pod.is_ready = is_ready(&template.containers[0], pod.ip).await;
            if pod.is_ready {
                let status = json!({"status": {
                    "phase": "Running", "podIP": pod.ip, "podIPs": [{"ip": pod.ip}],
                    "conditions": [{"type": "Ready", "status": "True"}],
                }});
                self.api::<Pod>()
                    .patch_status(&pod.name, &PatchParams::default(), &Patch::Merge(&status))
                    .await
                    .unwrap();
            }
        }
        let ready = pods.iter().filter(|pod| pod.is_ready).count();
        let status = json!({"status": {
            "observedGeneration": deployment.metadata.generation, "replicas": pods.len(), "updatedReplicas": pods.len(),
            "readyReplicas": ready, "availableReplicas": ready, "unavailableReplicas": pods.len() - ready,
        }});
        self.api::<Deployment>()
            .patch_status(&name, &PatchParams::default(), &Patch::Merge(&status))
            .await
            .unwrap();
        self.pods.insert(name, pods);
    }

    async fn create_pod(&mut self, deployment: &str, of: &Deployment) -> RunningPod {
        self.started += 1;
        let name = format!("{deployment}-{}", self.started);
        let template = &of.spec.template;
        let mut pod = Pod {
            metadata: template.metadata.clone().unwrap_or_default(),
            spec: template.spec.clone(),
            ..Pod::default()
        };
        pod.metadata.name = Some(name.clone());
        let spec = pod.spec.as_mut().unwrap();
        spec.node_name = Some("node".to_owned());
        let spec = spec.clone();
        self.api::<Pod>().create(&PostParams::default(), &pod).await.unwrap();
        let ip = self.free_address();
        let running = if spec.containers[0].image.as_deref().unwrap_or_default().contains("/solo-io/ingress:")
        {
            Running::GlooTranslator(gloo_translator::start(self.client.clone(), NAMESPACE.to_owned()))
        } else {
            Running::Program(self.start_program(&name, ip, &spec).await)
        };
        RunningPod { name, ip, running, is_ready: false }
    }

    /// One of the network's, behind that of the gateways and backends.
    fn free_address(&self) -> IpAddr {
        let taken: BTreeSet<IpAddr> = self.pods.values().flatten().map(|pod| pod.ip).collect();
        let IpAddr::V4(first) = self.cluster.pod_ip() else { panic!("no IPv4 address") };
        let mut addresses = (1..).map(|next| IpAddr::V4(Ipv4Addr::from(u32::from(first) + next)));
        addresses.find(|address| !taken.contains(address)).unwrap()
    }

    async fn start_program(&self, pod: &str, ip: IpAddr, spec: &PodSpec) -> Child {
        let container = &spec.containers[0];
        let directory = self.directory.path().join(pod);
        std::fs::create_dir(&directory).unwrap();
        let token = directory.join("token");
        let account = spec.service_account_name.as_deref().unwrap();
        std::fs::write(&token, self.token(account).await).unwrap();
        let kubeconfig = directory.join("kubeconfig");
        std::fs::write(&kubeconfig, self.cluster.kubeconfig_with_token_file(&token).await.to_string())
            .unwrap();
        let mounts = self.mount(spec, container, &directory).await;
        let here = |argument: &String| {
            mounts.iter().fold(argument.clone(), |argument, (path, here)| argument.replace(path, here))
        };
        let log = std::fs::File::create(logs::file(self.directory.path(), pod)).unwrap();
        let values = container
            .env
            .iter()
            .flatten()
            .filter_map(|variable| Some((&variable.name, variable.value.as_ref()?)));
        Command::new(&self.program)
            .args(container.args.iter().flatten().map(here))
            .arg(format!("--listen={ip}:{TELEMETRY}"))
            .env_clear()
            .envs(values)
            .env("HOSTNAME", pod)
            .env("KUBECONFIG", kubeconfig)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    async fn token(&self, account: &str) -> String {
        let accounts = self.api::<ServiceAccount>();
        let request = TokenRequest::default();
        let answer = accounts.create_token_request(account, &PostParams::default(), &request).await.unwrap();
        answer.status.unwrap().token.unwrap()
    }

    /// Writes the ConfigMaps that the container mounts. By path in the container, where each is here.
    async fn mount(&self, spec: &PodSpec, container: &Container, directory: &Path) -> Vec<(String, String)> {
        let mut mounts = Vec::new();
        for mount in container.volume_mounts.iter().flatten() {
            let volume = spec.volumes.iter().flatten().find(|volume| volume.name == mount.name).unwrap();
            let map = volume.config_map.as_ref().unwrap_or_else(|| panic!("{}: no ConfigMap", volume.name));
            let map = self.api::<ConfigMap>().get(&map.name).await.unwrap();
            let here = directory.join(&mount.name);
            std::fs::create_dir(&here).unwrap();
            for (name, text) in map.data.iter().flatten() {
                std::fs::write(here.join(name), text).unwrap();
            }
            mounts.push((mount.mount_path.clone(), here.display().to_string()));
        }
        mounts
    }

    async fn delete_pod(&self, mut pod: RunningPod) {
        if let Running::Program(child) = &mut pod.running {
            let sent = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
            assert!(sent.success());
            // As long as `deploy.yaml` gives it.
            let give_up = Instant::now() + Duration::from_secs(30);
            while child.try_wait().unwrap().is_none() && Instant::now() < give_up {
                sleep(POLL).await;
            }
            let status = child.try_wait().unwrap();
            assert!(status.is_some_and(|status| status.success()), "{}: {status:?}", pod.name);
        }
        let now = DeleteParams::default().grace_period(0);
        self.api::<Pod>().delete(&pod.name, &now).await.unwrap();
    }
}

/// What the readiness probe says; one without is ready at once.
async fn is_ready(container: &Container, ip: IpAddr) -> bool {
    let Some(get) = container.readiness_probe.as_ref().and_then(|probe| probe.http_get.as_ref()) else {
        return true;
    };
    let request = Request::get("http", "probe", get.path.as_deref().unwrap()).to((ip, TELEMETRY).into());
    client::send(&request).await.is_ok_and(|response| response.status == 200)
}
