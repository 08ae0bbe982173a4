//! The gateways: servers on loopback that answer from the Proxies that are stored, by Gloo's and Envoy's rules, as Knative's backends
//! answer probes.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use gloo_proxy_model::Proxy;
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::Incoming,
    header::{HOST, LOCATION},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use knative_gloo_simulator::{NotServed, Simulator, Transport, Verdict};
use knative_gloo_translate::{Gateway, Scheme};
use knative_ingress_model::keys::HASH_HEADER;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::{
    proxy_key,
    server::{Server, View},
    store::Kind,
};

/// Both gateways with their pods. They end when it is dropped.
pub(crate) struct Gateways {
    cluster: View,
    shared: Arc<Shared>,
    pods: BTreeMap<(Gateway, usize), Pod>,
    next: usize,
}

#[derive(Default)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    /// What was read last, by gateway and version.
    read: Mutex<BTreeMap<Gateway, (String, Arc<Simulator>)>>,
}

/// What the gateways do.
#[derive(Default)]
pub(crate) struct Behaviour {
    /// Whether they take in no Proxy any more, or none yet.
    pub(crate) is_frozen: bool,
    /// Pods that take connections and answer nothing.
    pub(crate) hung: Vec<(Gateway, usize)>,
    /// Pods that serve nothing yet.
    pub(crate) empty: Vec<(Gateway, usize)>,
    /// Requests that have come, by pod and host.
    pub(crate) asked: Vec<((Gateway, usize), String)>,
}

struct Pod {
    addresses: BTreeMap<Scheme, SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Gateways {
    /// A pod of each gateway in the cluster of `server`, with its Service.
    pub(crate) async fn start(server: &Server) -> Self {
        let cluster = server.view();
        for gateway in Gateway::ALL {
            cluster.edit(|store| store.put(Kind::Service, service(gateway)));
        }
        let mut gateways = Self { cluster, shared: Arc::default(), pods: BTreeMap::new(), next: 0 };
        for gateway in Gateway::ALL {
            gateways.add_pod(gateway).await;
        }
        gateways
    }

    pub(crate) fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.shared.behaviour.lock().unwrap()
    }

    /// Adds a ready pod, and returns its number.
    pub(crate) async fn add_pod(&mut self, gateway: Gateway) -> usize {
        let number = self.next;
        self.next += 1;
        let mut pod = Pod { addresses: BTreeMap::new(), tasks: Vec::new() };
        for scheme in Scheme::ALL {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            pod.addresses.insert(scheme, listener.local_addr().unwrap());
            let gate =
                Gate { gateway, number, cluster: self.cluster.clone(), shared: Arc::clone(&self.shared) };
            pod.tasks.push(tokio::spawn(listen(listener, scheme, gate)));
        }
        self.pods.insert((gateway, number), pod);
        self.tell(gateway);
        number
    }

    /// The pod ends, and is not an endpoint any more.
    pub(crate) fn remove_pod(&mut self, gateway: Gateway, number: usize) {
        self.pods.remove(&(gateway, number)).unwrap();
        self.tell(gateway);
    }

    /// The numbers of a gateway's pods.
    pub(crate) fn pods(&self, gateway: Gateway) -> Vec<usize> {
        self.pods.keys().filter(|(of, _)| *of == gateway).map(|(_, number)| *number).collect()
    }

    /// Writes the slices of a gateway, one for each pod, as each has ports of its own.
    fn tell(&self, gateway: Gateway) {
        let name = |number: usize| format!("{}-{number}", gateway.proxy_name());
        self.cluster.edit(|store| {
            for number in 0..self.next {
                let key = super::key(Kind::EndpointSlice, "gloo-system", &name(number));
                match self.pods.get(&(gateway, number)) {
                    Some(pod) => store.put(Kind::EndpointSlice, slice(gateway, &name(number), pod)),
                    None if store.objects.contains_key(&key) => store.delete(&key),
                    None => {}
                }
            }
        });
    }
}

fn service(gateway: Gateway) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": "gloo-system", "name": gateway.proxy_name()},
        "spec": {"ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
    })
}

fn slice(gateway: Gateway, name: &str, pod: &Pod) -> Value {
    let port = |(scheme, address): (&Scheme, &SocketAddr)| json!({"name": scheme.as_str(), "port": address.port(), "protocol": "TCP"});
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": "gloo-system", "name": name,
            "labels": {"kubernetes.io/service-name": gateway.proxy_name()},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": true}}],
        "ports": pod.addresses.iter().map(port).collect::<Vec<_>>(),
    })
}

/// A pod's way to what it serves.
#[derive(Clone)]
struct Gate {
    gateway: Gateway,
    number: usize,
    cluster: View,
    shared: Arc<Shared>,
}

async fn listen(listener: TcpListener, scheme: Scheme, gate: Gate) {
    let tls = (scheme == Scheme::Https).then(tls);
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (gate, tls) = (gate.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(socket, Transport::Plain, gate).await,
                Some(tls) => {
                    let Ok(socket) = tls.accept(socket).await else { return };
                    let sni = socket.get_ref().1.server_name().map(str::to_owned);
                    serve(socket, Transport::Tls { sni }, gate).await;
                }
            }
        });
    }
}

/// A certificate of nobody, for every name.
fn tls() -> TlsAcceptor {
    let certified = rcgen::generate_simple_self_signed(["gateway.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin, transport: Transport, gate: Gate) {
    let service = service_fn(|request| gate.answer(request, transport.clone()));
    // A connection that is closed rather than answered.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
}

impl Gate {
    async fn answer(
        &self,
        request: Request<Incoming>,
        transport: Transport,
    ) -> Result<Response<Empty<Bytes>>, &'static str> {
        let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap().to_owned();
        let host = request.headers().get(HOST).map(text).unwrap_or_default();
        let pod = (self.gateway, self.number);
        let (is_hung, is_empty) = {
            let mut behaviour = self.shared.behaviour.lock().unwrap();
            behaviour.asked.push((pod, host.clone()));
            (behaviour.hung.contains(&pod), behaviour.empty.contains(&pod))
        };
        self.cluster.notify();
        if is_hung {
            std::future::pending::<()>().await;
        }
        let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let asked = knative_gloo_simulator::Request {
            transport,
            headers,
            ..knative_gloo_simulator::Request::get(host, request.uri().to_string())
        };
        let simulator = if is_empty { None } else { self.simulator() };
        let verdict = simulator.map(|simulator| simulator.answer(&asked).verdict);
        let answer = match verdict.unwrap_or(Verdict::NotServed(NotServed::NoListener)) {
            Verdict::NotServed(NotServed::NoListener | NotServed::NoCertificate) => {
                return Err("nobody listens");
            }
            Verdict::NotServed(NotServed::NoHost | NotServed::NoRoute) => Response::builder().status(404),
            Verdict::Redirect { status, location } => {
                Response::builder().status(status).header(LOCATION, location)
            }
            Verdict::Direct(status) => Response::builder().status(status),
            Verdict::Forward(forward) => {
                let hash = forward.backends[0].headers.get(&HASH_HEADER.to_lowercase()).cloned();
                hash.into_iter()
                    .flatten()
                    .fold(Response::builder(), |answer, hash| answer.header(HASH_HEADER, hash))
            }
        };
        Ok(answer.body(Empty::new()).unwrap())
    }

    /// What the gateway makes of its Proxy, which is read once for each version.
    fn simulator(&self) -> Option<Arc<Simulator>> {
        let mut read = self.shared.read.lock().unwrap();
        let known = read.get(&self.gateway);
        if self.shared.behaviour.lock().unwrap().is_frozen {
            return known.map(|(_, simulator)| Arc::clone(simulator));
        }
        let (version, stored) = {
            let store = self.cluster.store();
            let stored = store.objects.get(&proxy_key(self.gateway))?;
            let version = stored["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
            if let Some((_, simulator)) = known.filter(|(known, _)| *known == version) {
                return Some(Arc::clone(simulator));
            }
            (version, Value::clone(stored))
        };
        let proxy = serde_json::from_value::<Proxy>(stored).ok()?.decompressed().ok()?;
        let simulator = Arc::new(Simulator::new(&proxy));
        read.insert(self.gateway, (version, Arc::clone(&simulator)));
        Some(simulator)
    }
}
