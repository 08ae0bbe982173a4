use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::KubernetesError;
use super::process::Guarded;

/// How long a program may take for what it normally does in seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at while it is waited for.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// Who asks. The API server knows each by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// May do everything.
    Admin,
    /// May do what the cluster's roles give it.
    Controller,
}

impl User {
    /// Its name, which is also its token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Controller => "controller",
        }
    }
}

/// A kube-apiserver on a free port of loopback, with an etcd of its own. Both end when it is dropped, and also when this
/// process ends in any other way.
#[derive(Debug)]
pub struct KubeApiServer {
    etcd: Arc<Etcd>,
    port: u16,
    log: PathBuf,
    /// Beside those that each has.
    arguments: Vec<String>,
    process: Option<Guarded>,
}

/// What outlives a restart of the API server.
#[derive(Debug)]
struct Etcd {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    process: Guarded,
}

impl KubeApiServer {
    /// Starts both, and waits until the API server says that it is ready.
    ///
    /// # Errors
    /// When the programs cannot be had or run.
    pub async fn start() -> Result<Self, KubernetesError> {
        Self::start_with(Vec::new()).await
    }

    /// The same with these arguments of the API server beside its own.
    ///
    /// # Errors
    /// When the programs cannot be had or run.
    pub async fn start_with(arguments: Vec<String>) -> Result<Self, KubernetesError> {
        let mut server = Self::on(Arc::new(Etcd::start()?), "api-server")?;
        server.arguments = arguments;
        server.restart().await?;
        Ok(server)
    }

    /// Another one on the same etcd, as where the control plane has several.
    ///
    /// # Errors
    /// When it cannot be run.
    pub async fn start_beside(&self) -> Result<Self, KubernetesError> {
        let mut server = Self::on(Arc::clone(&self.etcd), "api-server-beside")?;
        server.restart().await?;
        Ok(server)
    }

    fn on(etcd: Arc<Etcd>, name: &str) -> Result<Self, KubernetesError> {
        let log = etcd.directory.path().join(name).with_extension("log");
        let [port] = free_ports()?;
        Ok(Self { port, etcd, log, arguments: Vec::new(), process: None })
    }

    /// Ends the API server as a power cut would. What etcd holds stays.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the API server on the port that it had, and waits until it is ready.
    ///
    /// # Errors
    /// When it ends by itself, or is not ready in time.
    pub async fn restart(&mut self) -> Result<(), KubernetesError> {
        self.kill();
        let file = |name: &str| self.etcd.directory.path().join(name).display().to_string();
        let mut command = Command::new(self.etcd.programs.join("kube-apiserver"));
        command
            .arg(format!("--etcd-servers=http://127.0.0.1:{}", self.etcd.port))
            .arg(format!("--secure-port={}", self.port))
            .args([
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
            ])
            .arg(format!("--tls-cert-file={}", file("server.crt")))
            .arg(format!("--tls-private-key-file={}", file("server.key")))
            .arg(format!("--service-account-key-file={}", file("accounts.pub")))
            .arg(format!("--service-account-signing-key-file={}", file("accounts.key")))
            .arg("--service-account-issuer=https://kubernetes.default.svc")
            .arg("--service-cluster-ip-range=10.96.0.0/16")
            .arg(format!("--token-auth-file={}", file("tokens.csv")))
            .arg("--authorization-mode=RBAC")
            // It would wait for accounts that a controller manager makes.
            .arg("--disable-admission-plugins=ServiceAccount")
            .args(&self.arguments);
        let mut process = Guarded::start(command, self.etcd.directory.path(), &self.log)?;
        let client = self.client(User::Admin).await?;
        let started = Instant::now();
        loop {
            let request = hyper::Request::get("/readyz").body(Vec::new());
            let request = request.map_err(|error| KubernetesError::Kubeconfig(error.to_string()))?;
            if client.request_text(request).await.is_ok_and(|answer| answer == "ok") {
                break;
            }
            process.expect_running()?;
            if started.elapsed() > PATIENCE {
                let what = format!("kube-apiserver to be ready:\n{}", process.log_tail());
                return Err(KubernetesError::TimedOut { seconds: PATIENCE.as_secs(), what });
            }
            sleep(POLL).await;
        }
        self.process = Some(process);
        Ok(())
    }

    /// The numbers of the processes: the API server's, while it runs, and that of its etcd.
    pub fn process_ids(&self) -> (Option<u32>, u32) {
        (self.process.as_ref().map(Guarded::id), self.etcd.process.id())
    }

    /// A client for this user.
    ///
    /// # Errors
    /// When the credentials cannot be used.
    pub async fn client(&self, user: User) -> Result<Client, KubernetesError> {
        let unusable = |error: &dyn std::fmt::Display| KubernetesError::Kubeconfig(error.to_string());
        let kubeconfig: Kubeconfig =
            serde_json::from_value(self.kubeconfig(user)).map_err(|error| unusable(&error))?;
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        Ok(Client::try_from(config.map_err(|error| unusable(&error))?)?)
    }

    /// The kubeconfig of this user.
    pub fn kubeconfig(&self, user: User) -> Value {
        self.kubeconfig_of(&json!({"token": user.name()}))
    }

    /// The kubeconfig of whoever has the token in this file.
    pub fn kubeconfig_with_token_file(&self, file: &Path) -> Value {
        self.kubeconfig_of(&json!({"tokenFile": file}))
    }

    fn kubeconfig_of(&self, credentials: &Value) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {
                "server": format!("https://127.0.0.1:{}", self.port),
                "certificate-authority": self.etcd.directory.path().join("server.crt"),
            }}],
            "users": [{"name": "test", "user": credentials}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        })
    }

    /// A directory that goes with the cluster.
    pub(super) fn directory(&self) -> &Path {
        self.etcd.directory.path()
    }
}

impl Etcd {
    fn start() -> Result<Self, KubernetesError> {
        let programs = programs()?;
        let directory = tempfile::Builder::new().prefix("kubernetes-").tempdir()?;
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text);
        let accounts = rcgen::KeyPair::generate()?;
        write("accounts.key", &accounts.serialize_pem())?;
        write("accounts.pub", &accounts.public_key_pem())?;
        let server = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        write("server.crt", &server.cert.pem())?;
        write("server.key", &server.signing_key.serialize_pem())?;
        let [admin, controller] = [User::Admin, User::Controller].map(User::name);
        let tokens =
            format!("{admin},{admin},{admin},\"system:masters\"\n{controller},{controller},{controller}\n");
        write("tokens.csv", &tokens)?;
        let [port, peers] = free_ports()?;
        let mut command = Command::new(programs.join("etcd"));
        command
            .arg("--data-dir")
            .arg(directory.path().join("etcd"))
            .arg(format!("--listen-client-urls=http://127.0.0.1:{port}"))
            .arg(format!("--advertise-client-urls=http://127.0.0.1:{port}"))
            .arg(format!("--listen-peer-urls=http://127.0.0.1:{peers}"))
            // Nothing has to outlive the machine.
            .arg("--unsafe-no-fsync");
        let process = Guarded::start(command, directory.path(), &directory.path().join("etcd.log"))?;
        Ok(Self { programs, directory, port, process })
    }
}

/// The directory that holds kube-apiserver, etcd and kubectl, which are built if need be.
///
/// # Errors
/// When they can't be had.
pub fn programs() -> Result<PathBuf, KubernetesError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/kube-apiserver");
    let output = Command::new(&script)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| KubernetesError::Run(format!("{}: {error}", script.display())))?;
    if !output.status.success() {
        return Err(KubernetesError::Run(format!("{}: {}", script.display(), output.status)));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// Ports on loopback that nothing listened on a moment ago, all different.
fn free_ports<const N: usize>() -> Result<[u16; N], KubernetesError> {
    let mut ports = [0; N];
    let mut listeners = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
