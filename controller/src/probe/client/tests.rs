//! The client against servers on loopback.

use knative_gloo_translate::{ClassFilter, Gateway, Options, translate};
use knative_ingress_model::Ingress;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::*;

/// The probe of a host, by the path of its only route.
fn probe(scheme: Scheme, host: &str, path: &str) -> Arc<Probe> {
    let split =
        json!([{"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100}]);
    let ingress: Ingress = serde_json::from_value(json!({
        "metadata": {"namespace": "team-a", "name": "shop"},
        "spec": {
            "tls": [{"secretName": "shop", "secretNamespace": "team-a"}],
            "rules": [{"hosts": [host], "http": {"paths": [{"path": path, "splits": split}]}}],
        },
    }))
    .unwrap();
    let options = Options::default().with_class(ClassFilter::Any).with_probe(true);
    let mut probes = translate([&ingress], &options).reports.remove(0).probes();
    probes.retain(|probe| probe.scheme == scheme);
    Arc::new(probes.remove(0))
}

/// What a server does with a connection.
#[derive(Clone)]
enum Behaviour {
    /// It answers so, and closes.
    Answer(String),
    /// It takes the request, and that is all.
    Hang,
    /// It sends headers for ever.
    Flood,
    /// It closes.
    Close,
}

/// A server that tells each request's head, and with TLS the SNI before it.
async fn server(
    behaviour: Behaviour,
    tls: Option<TlsAcceptor>,
) -> (Endpoint, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (behaviour, told, tls) = (behaviour.clone(), told.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => serve(socket, behaviour, String::new(), told).await,
                    Some(tls) => {
                        let socket = tls.accept(socket).await.unwrap();
                        let sni = format!("{}\n", socket.get_ref().1.server_name().unwrap());
                        serve(socket, behaviour, sni, told).await;
                    }
                }
            });
        }
    });
    let scheme = Scheme::Http;
    (Endpoint { gateway: Gateway::External, scheme, address }, requests)
}

async fn serve(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    behaviour: Behaviour,
    mut head: String,
    told: mpsc::UnboundedSender<String>,
) {
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(socket.read_u8().await.unwrap()));
    }
    told.send(head).unwrap();
    match behaviour {
        Behaviour::Answer(answer) => {
            socket.write_all(answer.as_bytes()).await.unwrap();
            let _ = socket.shutdown().await;
        }
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Flood => while socket.write_all(b"HTTP/1.1 200 OK\r\nx: y\r\n").await.is_ok() {},
        Behaviour::Close => {}
    }
}

fn client() -> Client {
    Client::new(Duration::from_secs(30))
}

fn answer(status: &str, headers: &str) -> Behaviour {
    Behaviour::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: 3\r\n\r\nabc"))
}

#[tokio::test]
async fn probe_request_equals_knatives() {
    for (path, requested) in [("", "/healthz"), ("//a", "//a"), ("/a%2fb", "/a%2fb")] {
        let probe = probe(Scheme::Http, "shop.example.com", path);
        let (endpoint, mut requests) =
            server(answer("200 OK", &format!("k-network-hash: {}\r\n", probe.hash)), None).await;
        assert_eq!(client().ask(endpoint, probe).await, Ok(()));
        let head = requests.recv().await.unwrap().to_lowercase();
        let mut lines: Vec<_> = head.trim_end().split("\r\n").collect();
        assert_eq!(lines.remove(0), format!("get {requested} http/1.1"));
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "host: shop.example.com",
                "k-network-hash: override",
                "k-network-probe: probe",
                "user-agent: knative-ingress-probe"
            ]
        );
    }
}

#[tokio::test]
async fn probe_failure_names_its_reason() {
    let wrong = |status: u16, hash: Option<&str>| {
        Err(Failure::Answer { status, other_hash: hash.map(str::to_owned) })
    };
    for (behaviour, told) in [
        (answer("404 Not Found", ""), wrong(404, None)),
        (answer("503 Service Unavailable", ""), wrong(503, None)),
        (answer("200 OK", "K-Network-Hash: abc\r\n"), wrong(200, Some("abc"))),
        (answer("200 OK", ""), Ok(())),
        // Nothing listens there: the redirect is not followed.
        (answer("301 Moved Permanently", "location: https://shop.example.com/healthz\r\n"), wrong(301, None)),
        (answer("302 Found", "location: http://127.0.0.1:1/\r\n"), Ok(())),
    ] {
        let (endpoint, mut requests) = server(behaviour, None).await;
        assert_eq!(client().ask(endpoint, probe(Scheme::Http, "shop.example.com", "")).await, told);
        requests.recv().await.unwrap();
        assert!(requests.try_recv().is_err(), "one request");
    }
}

#[tokio::test]
async fn probe_times_out() {
    let probe = probe(Scheme::Http, "shop.example.com", "");
    let (hung, _requests) = server(Behaviour::Hang, None).await;
    let hasty = Client::new(Duration::from_millis(50));
    let told = hasty.ask(hung, Arc::clone(&probe)).await;
    assert_eq!(told, Err(Failure::Silent(Duration::from_millis(50))));

    for behaviour in [Behaviour::Flood, Behaviour::Close] {
        let (endpoint, _requests) = server(behaviour, None).await;
        let told = client().ask(endpoint, Arc::clone(&probe)).await;
        assert!(matches!(told, Err(Failure::Broken(_))), "{told:?}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = Endpoint { address: listener.local_addr().unwrap(), ..hung };
    drop(listener);
    let told = client().ask(gone, probe).await;
    assert!(matches!(told, Err(Failure::Unreachable(_))), "{told:?}");
}

#[tokio::test]
async fn tls_probe_sends_sni_and_accepts_any_certificate() {
    // Of another name, signed by nobody.
    let certified = rcgen::generate_simple_self_signed(["other.example.org".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let probe = probe(Scheme::Https, "shop.example.com", "");
    let hash = format!("k-network-hash: {}\r\n", probe.hash);
    let (endpoint, mut requests) =
        server(answer("200 OK", &hash), Some(TlsAcceptor::from(Arc::new(config)))).await;
    assert_eq!(client().ask(endpoint, Arc::clone(&probe)).await, Ok(()));
    assert!(requests.recv().await.unwrap().starts_with("shop.example.com\nGET /healthz"));

    // Plain HTTP where TLS is expected.
    let (endpoint, _requests) = server(answer("200 OK", &hash), None).await;
    let told = Client::new(Duration::from_millis(200)).ask(endpoint, probe).await;
    assert!(told.is_err(), "{told:?}");
}
