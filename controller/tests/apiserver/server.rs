use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

/// How long a program may take for what it normally does in seconds.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at while it is waited for.
pub const POLL: Duration = Duration::from_millis(50);

/// Who asks. The API server knows each by a token.
#[derive(Clone, Copy)]
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
pub struct KubeApiServer {
    etcd: Arc<Etcd>,
    port: u16,
    log: PathBuf,
    process: Option<Guarded>,
}

/// What outlives a restart of the API server.
struct Etcd {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    certificate: String,
    _process: Guarded,
}

impl KubeApiServer {
    /// Starts both, and waits until the API server says that it is ready.
    pub async fn start() -> Self {
        let mut server = Self::on(Arc::new(Etcd::start()), "api-server");
        server.restart().await;
        server
    }

    /// Another one on the same etcd, as where the control plane has several.
    pub async fn start_beside(&self) -> Self {
        let mut server = Self::on(Arc::clone(&self.etcd), "api-server-beside");
        server.restart().await;
        server
    }

    fn on(etcd: Arc<Etcd>, name: &str) -> Self {
        let log = etcd.directory.path().join(name).with_extension("log");
        Self { port: free_ports::<1>()[0], etcd, log, process: None }
    }

    /// Ends the API server as a power cut would. What etcd holds stays.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the API server on the port that it had, and waits until it is ready.
    pub async fn restart(&mut self) {
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
            .arg("--disable-admission-plugins=ServiceAccount");
        let mut process = Guarded::start(command, self.etcd.directory.path(), &self.log);
        let client = self.client(User::Admin).await;
        let give_up = Instant::now() + PATIENCE;
        loop {
            let request = http::Request::get("/readyz").body(Vec::new()).unwrap();
            if client.request_text(request).await.is_ok_and(|answer| answer == "ok") {
                break;
            }
            process.expect_running(&self.log);
            assert!(Instant::now() < give_up, "kube-apiserver isn't ready:\n{}", tail(&self.log));
            sleep(POLL).await;
        }
        self.process = Some(process);
    }

    pub async fn client(&self, user: User) -> Client {
        let kubeconfig = json!({
            "clusters": [{"name": "test", "cluster": {
                "server": format!("https://127.0.0.1:{}", self.port),
                "certificate-authority-data": BASE64_STANDARD.encode(&self.etcd.certificate),
            }}],
            "users": [{"name": "test", "user": {"token": user.name()}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        });
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).unwrap();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        Client::try_from(config.unwrap()).unwrap()
    }
}

impl Etcd {
    fn start() -> Self {
        let programs = programs();
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        let accounts = rcgen::KeyPair::generate().unwrap();
        write("accounts.key", &accounts.serialize_pem());
        write("accounts.pub", &accounts.public_key_pem());
        let server = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = server.cert.pem();
        write("server.crt", &certificate);
        write("server.key", &server.signing_key.serialize_pem());
        let [admin, controller] = [User::Admin, User::Controller].map(User::name);
        let tokens =
            format!("{admin},{admin},{admin},\"system:masters\"\n{controller},{controller},{controller}\n");
        write("tokens.csv", &tokens);
        let [port, peers] = free_ports();
        let mut command = Command::new(programs.join("etcd"));
        command
            .arg("--data-dir")
            .arg(directory.path().join("etcd"))
            .arg(format!("--listen-client-urls=http://127.0.0.1:{port}"))
            .arg(format!("--advertise-client-urls=http://127.0.0.1:{port}"))
            .arg(format!("--listen-peer-urls=http://127.0.0.1:{peers}"))
            // Nothing has to outlive the machine.
            .arg("--unsafe-no-fsync");
        let process = Guarded::start(command, directory.path(), &directory.path().join("etcd.log"));
        Self { programs, directory, port, certificate, _process: process }
    }
}

/// The directory that holds kube-apiserver and etcd, which are built if need be.
fn programs() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/kube-apiserver");
    let output = Command::new(&script).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    assert!(output.status.success(), "{}: {}", script.display(), output.status);
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
}

/// Ports on loopback that nothing listened on a moment ago, all different.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// A program that is killed when this is dropped. When this process ends without that, a shell kills it and removes its
/// directory: it waits for the end of a pipe that only this process holds open.
struct Guarded {
    program: Child,
    guard: Child,
}

impl Guarded {
    fn start(mut command: Command, directory: &Path, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let program = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let guard = Command::new("/bin/sh")
            .args(["-c", r#"trap '' INT TERM HUP; read -r _; kill -9 "$0"; rm -rf -- "$1""#])
            .arg(program.id().to_string())
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { program, guard }
    }

    fn expect_running(&mut self, log: &Path) {
        if let Some(status) = self.program.try_wait().unwrap() {
            panic!("it ended by itself, {status}:\n{}", tail(log));
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard first: it must not meet another process that has got the same number.
        for process in [&mut self.guard, &mut self.program] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
