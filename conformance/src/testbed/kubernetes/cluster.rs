use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use knative_gloo_translate::{Gateway, Scheme};
use kube::api::{DeleteParams, PostParams};
use kube::{Api, Client};
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;

use super::{
    ControllerProcess, Deployment, GATEWAY_NAMESPACE, GatewayPod, GlooControlPlane, KubeApiServer,
    KubernetesError, User, define, objects,
};

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Envoy's program.
    pub envoy: PathBuf,
    /// The controller's program.
    pub controller: PathBuf,
    /// The controller's manifests.
    pub deployment: Deployment,
    /// Arguments of the controller beside those of its manifests.
    pub arguments: Vec<String>,
    /// The namespaces of the Ingresses.
    pub namespaces: Vec<String>,
}

/// A cluster with its controller and its gateways. All processes end when it is dropped.
pub struct KubernetesCluster {
    setup: Setup,
    client: Client,
    pod_ip: IpAddr,
    gloo: GlooControlPlane,
    pods: Mutex<BTreeMap<Gateway, Vec<GatewayPod>>>,
    pods_started: AtomicUsize,
    requests: AtomicUsize,
    controller: Mutex<Option<ControllerProcess>>,
    // Last, so that those who use it end before it.
    server: AsyncMutex<KubeApiServer>,
}

impl KubernetesCluster {
    /// Starts an API server with both definitions, the control plane, a pod of each gateway, and the controller.
    ///
    /// # Errors
    /// When a program cannot be run, or the API server refuses something.
    pub async fn start(setup: Setup) -> Result<Self, KubernetesError> {
        let cluster = Self::start_without_controller(setup).await?;
        for (path, object) in cluster.setup.deployment.objects() {
            let request = hyper::Request::post(path)
                .header("Content-Type", "application/json")
                .body(object.to_string().into_bytes());
            let request = request.map_err(|error| KubernetesError::Deployment(error.to_string()))?;
            cluster.client.request::<Value>(request).await?;
        }
        cluster.start_controller().await?;
        Ok(cluster)
    }

    /// The same, but nothing of the controller's is there: neither its program, nor what its manifests hold.
    ///
    /// # Errors
    /// When a program cannot be run, or the API server refuses something.
    pub async fn start_without_controller(setup: Setup) -> Result<Self, KubernetesError> {
        let server = KubeApiServer::start().await?;
        let client = server.client(User::Admin).await?;
        define(&client).await?;
        for namespace in setup.namespaces.iter().map(String::as_str).chain([GATEWAY_NAMESPACE]) {
            create_namespace(&client, namespace).await?;
        }
        let gloo = GlooControlPlane::start(&client);
        let cluster = Self {
            pod_ip: pod_address()?,
            gloo,
            pods: Mutex::default(),
            pods_started: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            controller: Mutex::new(None),
            setup,
            client,
            server: AsyncMutex::new(server),
        };
        for gateway in Gateway::ALL {
            let services = Api::<Service>::namespaced(cluster.client.clone(), GATEWAY_NAMESPACE);
            services.create(&PostParams::default(), &objects::gateway_service(gateway)).await?;
            cluster.add_gateway_pod(gateway).await?;
        }
        Ok(cluster)
    }

    /// A client that may do everything.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The kubeconfig of this user.
    pub async fn kubeconfig(&self, user: User) -> Value {
        self.server.lock().await.kubeconfig(user)
    }

    /// The kubeconfig of whoever has the token in this file.
    pub async fn kubeconfig_with_token_file(&self, file: &Path) -> Value {
        self.server.lock().await.kubeconfig_with_token_file(file)
    }

    /// Ends the API server as a power cut would. What is stored stays.
    pub async fn kill_api_server(&self) {
        self.server.lock().await.kill();
    }

    /// Starts it again, and waits until it is ready.
    ///
    /// # Errors
    /// When it ends by itself.
    pub async fn restart_api_server(&self) -> Result<(), KubernetesError> {
        self.server.lock().await.restart().await
    }

    /// Where pods listen.
    pub fn pod_ip(&self) -> IpAddr {
        self.pod_ip
    }

    /// Where a gateway is reached, as a load balancer in front of its ready pods has it: each in its turn.
    pub fn address(&self, gateway: Gateway, scheme: Scheme) -> SocketAddr {
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        let all = self.pods();
        let pods = all.get(&gateway).map(Vec::as_slice).unwrap_or_default();
        let pod = turn.checked_rem(pods.len()).and_then(|index| pods.get(index));
        pod.map_or(SocketAddr::new(self.pod_ip, 0), |pod| pod.address(scheme))
    }

    /// The ready pods of a gateway by their names, and where each listens for http.
    pub fn gateway_pods(&self, gateway: Gateway) -> BTreeMap<String, SocketAddr> {
        let pods = self.pods();
        let pods = pods.get(&gateway).into_iter().flatten();
        pods.map(|pod| (pod.name().to_owned(), pod.address(Scheme::Http))).collect()
    }

    /// Starts another pod of a gateway. It is ready, and gets requests, when this returns.
    ///
    /// # Errors
    /// When Envoy cannot be run.
    pub async fn add_gateway_pod(&self, gateway: Gateway) -> Result<String, KubernetesError> {
        let number = self.pods_started.fetch_add(1, Ordering::Relaxed);
        let Some(configuration) = self.gloo.configuration(gateway) else {
            return Err(KubernetesError::Run(format!("the control plane knows no {gateway} gateway")));
        };
        let pod = GatewayPod::start(&self.setup.envoy, self.pod_ip, gateway, number, configuration).await?;
        let slice = objects::gateway_slice(gateway, &pod);
        self.gateway_slices().create(&PostParams::default(), &slice).await?;
        let name = pod.name().to_owned();
        self.pods().entry(gateway).or_default().push(pod);
        Ok(name)
    }

    /// Takes a pod out of its gateway's Service, so that it gets no more requests, and gives it to the caller to end.
    ///
    /// # Errors
    /// When there is no pod of that name.
    pub async fn take_gateway_pod(
        &self,
        gateway: Gateway,
        name: &str,
    ) -> Result<GatewayPod, KubernetesError> {
        self.gateway_slices().delete(name, &DeleteParams::default()).await?;
        let mut pods = self.pods();
        let pods = pods.entry(gateway).or_default();
        match pods.iter().position(|pod| pod.name() == name) {
            Some(index) => Ok(pods.remove(index)),
            None => Err(KubernetesError::Run(format!("no pod {name}"))),
        }
    }

    /// Does something with a pod that stays where it is.
    ///
    /// # Errors
    /// When there is no pod of that name, and what `with` says.
    pub fn with_gateway_pod<T>(
        &self,
        name: &str,
        with: impl FnOnce(&GatewayPod) -> Result<T, KubernetesError>,
    ) -> Result<T, KubernetesError> {
        let pods = self.pods();
        let pod = pods.values().flatten().find(|pod| pod.name() == name);
        with(pod.ok_or_else(|| KubernetesError::Run(format!("no pod {name}")))?)
    }

    /// Starts the controller, in the place of one that was started before.
    ///
    /// # Errors
    /// When it cannot be run.
    pub async fn start_controller(&self) -> Result<(), KubernetesError> {
        self.kill_controller();
        let server = self.server.lock().await;
        let Setup { controller, deployment, arguments, .. } = &self.setup;
        let started = ControllerProcess::start(controller, &server, deployment, arguments)?;
        *self.controller() = Some(started);
        Ok(())
    }

    /// Ends the controller as a power cut would.
    pub fn kill_controller(&self) {
        *self.controller() = None;
    }

    /// What the controllers of this cluster have printed.
    ///
    /// # Errors
    /// When the one that runs has ended by itself.
    pub fn controller_log(&self) -> Result<String, KubernetesError> {
        match self.controller().as_mut() {
            Some(controller) => {
                controller.expect_running()?;
                Ok(controller.log())
            }
            None => Ok(String::new()),
        }
    }

    pub(super) fn slices(&self, namespace: &str) -> Api<EndpointSlice> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn gateway_slices(&self) -> Api<EndpointSlice> {
        self.slices(GATEWAY_NAMESPACE)
    }

    fn pods(&self) -> MutexGuard<'_, BTreeMap<Gateway, Vec<GatewayPod>>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn controller(&self) -> MutexGuard<'_, Option<ControllerProcess>> {
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn create_namespace(client: &Client, name: &str) -> Result<(), KubernetesError> {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.to_owned());
    match Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &namespace).await {
        Ok(_) => Ok(()),
        // `default` is there from the beginning.
        Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The address of all pods, which `xtask/own-network` gives to the network that the tests run in.
const POD_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// That address, if this network has it.
fn pod_address() -> Result<IpAddr, KubernetesError> {
    match UdpSocket::bind((POD_ADDRESS, 0)) {
        Ok(_) => Ok(POD_ADDRESS),
        Err(error) => Err(KubernetesError::Run(format!(
            "pods can't listen on {POD_ADDRESS} ({error}): run `cargo xtask cluster`, which gives the tests a network of their own"
        ))),
    }
}
