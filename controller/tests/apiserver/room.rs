//! More Ingresses than etcd takes in one Proxy.

use std::time::{Duration, Instant};

use gloo_proxy_model::Proxy;
use knative_gloo_controller::{Config, RetryPolicy, run};
use knative_gloo_translate::{ClassFilter, Gateway, Options};
use knative_ingress_model::{Ingress, keys::INGRESS_CLASS};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::definitions::define;
use crate::request::send;
use crate::restart::{create_namespace, deploy};
use crate::server::{KubeApiServer, PATIENCE, POLL, User};

const INGRESSES: usize = 24;

fn collection(number: usize) -> String {
    format!("/apis/networking.internal.knative.dev/v1alpha1/namespaces/team-{}/ingresses", number % 3)
}

/// About 75 kB of a compressed Proxy.
fn large(number: usize, host: &str) -> Value {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let mut value = |_| (0..1000).map(|_| random()).collect::<String>();
    let headers: Value = (0..7).map(|n| (format!("X-Random-{n}"), json!(value(n)))).collect();
    let namespace = format!("team-{}", number % 3);
    let split = json!({"serviceNamespace": namespace, "serviceName": "shop", "servicePort": 80, "percent": 100,
        "appendHeaders": headers});
    json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1",
        "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": format!("shop-{number}"), "annotations": {INGRESS_CLASS: ClassFilter::GLOO}},
        "spec": {"rules": [{"hosts": [host], "http": {"paths": [{"splits": [split]}]}}]},
    })
}

fn host(number: usize) -> String {
    format!("shop-{number}.example.com")
}

/// Which are ready, and which are told that there is no room.
async fn standings(client: &Client) -> (usize, usize) {
    let listed = Api::<Ingress>::all(client.clone()).list(&Default::default()).await.unwrap().items;
    let full = |ingress: &&Ingress| {
        ingress.status.condition("Ready").is_some_and(|ready| ready.reason == "ProxyFull")
    };
    (listed.iter().filter(|ingress| ingress.is_ready()).count(), listed.iter().filter(full).count())
}

async fn stored(client: &Client) -> String {
    let api = Api::<Proxy>::namespaced(client.clone(), "gloo-system");
    let proxy = api.get(Gateway::External.proxy_name()).await.unwrap().decompressed().unwrap();
    serde_json::to_string(&proxy).unwrap()
}

/// With the default, and where the controller thinks that the server takes more than it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn ingresses_beyond_the_etcd_limit_are_left_out_and_return() {
    for max_proxy_bytes in [Config::default().max_proxy_bytes, 4 << 20] {
        let server = KubeApiServer::start().await;
        let admin = server.client(User::Admin).await;
        define(&admin).await;
        deploy(&admin).await;
        for team in 0..3 {
            create_namespace(&admin, format!("team-{team}")).await.unwrap();
        }
        for number in 0..INGRESSES {
            send(&admin, "POST", &collection(number), &large(number, &host(number))).await.unwrap();
        }
        let retry =
            RetryPolicy { initial_delay: Duration::from_millis(50), max_delay: Duration::from_secs(1) };
        let settle = Duration::ZERO;
        let config = Config { max_proxy_bytes, retry, settle, ..Config::new(Options::default()) };
        let (stop, stopped) = oneshot::channel::<()>();
        let client = server.client(User::Controller).await;
        let controller = tokio::spawn(run(client, config, async { drop(stopped.await) }));

        let give_up = Instant::now() + PATIENCE;
        let (ready, full) = loop {
            let (ready, full) = standings(&admin).await;
            if ready > 10 && full > 0 && ready + full == INGRESSES {
                break (ready, full);
            }
            assert!(Instant::now() < give_up, "{ready} ready, {full} left out");
            sleep(POLL).await;
        };
        // An older one's change is applied.
        let path = format!("{}/shop-0", collection(0));
        let path = format!("{path}?fieldManager=test&force=true");
        send(&admin, "APPLY", &path, &large(0, "changed.example.com")).await.unwrap();
        while !stored(&admin).await.contains("changed.example.com") {
            assert!(Instant::now() < give_up, "the change is not applied");
            sleep(POLL).await;
        }
        for number in 0..full {
            send(&admin, "DELETE", &format!("{}/shop-{number}", collection(number)), &Value::Null)
                .await
                .unwrap();
        }
        loop {
            let (now_ready, now_full) = standings(&admin).await;
            if (now_ready, now_full) == (ready, 0) {
                break;
            }
            assert!(Instant::now() < give_up, "{now_ready} ready, {now_full} left out, after deletions");
            sleep(POLL).await;
        }
        assert!(stored(&admin).await.contains(&host(INGRESSES - 1)));
        stop.send(()).unwrap();
        controller.await.unwrap();
    }
}
