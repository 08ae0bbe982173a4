//! The runner itself: what it says of a configuration is what Envoy does with requests.

mod owner;

use std::future::Future;
use std::sync::Arc;

use gloo_proxy_model::{Proxy, ResourceRef};
use knative_gloo_conformance::envoy_config::{self, Environment, ServicePort, UpstreamProtocol};
use knative_gloo_conformance::testbed::backend::{App, Backend, Echo};
use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::envoy::{EnvoyGateway, Verdict};
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use tokio::runtime::Runtime;

pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    vec![
        trial(runtime, "gateway/serves_what_it_accepts", serves_what_it_accepts),
        trial(runtime, "gateway/keeps_the_last_good_routes", keeps_the_last_good_routes),
        trial(runtime, "gateway/listeners_come_and_go", listeners_come_and_go),
        trial(runtime, "gateway/ends_with_its_owner", owner::ends_with_its_owner),
    ]
}

fn trial<F>(runtime: &Arc<Runtime>, name: &str, test: fn() -> F) -> Trial
where
    F: Future<Output = Result<(), Failed>> + 'static,
{
    let runtime = Arc::clone(runtime);
    Trial::test(name, move || runtime.block_on(test()))
}

/// A Proxy of one virtual host, `a.example.com`, whose requests with this path prefix or regex go to Service `x/a`.
fn proxy(matcher: serde_json::Value) -> Proxy {
    let destination = json!({ "kube": { "ref": { "name": "a", "namespace": "x" }, "port": 80 } });
    let route = json!({ "matchers": [matcher], "routeAction": { "single": destination } });
    let host = json!({ "name": "a", "domains": ["a.example.com"], "routes": [route] });
    let listener = json!({ "name": "http", "bindAddress": "::", "bindPort": 80, "httpListener": { "virtualHosts": [host] } });
    serde_json::from_value(json!({ "metadata": { "name": "p" }, "spec": { "listeners": [listener] } }))
        .unwrap()
}

fn environment(backend: &Backend) -> Environment {
    let mut environment = Environment::default();
    let port = ServicePort {
        port: 80,
        protocol: UpstreamProtocol::Http1,
        endpoints: vec![backend.address()],
        upstream_ca: None,
    };
    environment.services.insert(ResourceRef::new("a", "x"), vec![port]);
    environment
}

async fn status(gateway: &EnvoyGateway, path: &str) -> u16 {
    let request = Request::get("http", "a.example.com", path).to(gateway.address("http").unwrap());
    client::send(&request).await.unwrap().status
}

/// Proves that an accepted configuration is served when `push` returns: by the backend that it names, every time.
async fn serves_what_it_accepts() -> Result<(), Failed> {
    let backend = Backend::start("echo-a", App::Echo, None).await?;
    let environment = environment(&backend);
    let mut gateway = EnvoyGateway::start(super::binary()?, "test~serves").await?;
    for round in 0..20 {
        let prefix = format!("/{round}");
        let verdict =
            gateway.push(&envoy_config::build(&proxy(json!({ "prefix": prefix })), &environment)).await?;
        assert_eq!(verdict, Verdict::Accepted);
        let request = Request::get("http", "a.example.com", &prefix).to(gateway.address("http").unwrap());
        let response = client::send(&request).await?;
        assert_eq!(response.status, 200, "round {round}");
        let echo: Echo = serde_json::from_slice(&response.body).unwrap();
        assert_eq!((echo.host.name.as_str(), echo.request.host.as_str()), ("echo-a", "a.example.com"));
        assert_eq!(status(&gateway, "/other").await, 404, "round {round}");
    }
    Ok(())
}

/// Proves that a refused configuration is reported with Envoy's reason, and that the one before it stays.
async fn keeps_the_last_good_routes() -> Result<(), Failed> {
    let backend = Backend::start("echo-a", App::Echo, None).await?;
    let environment = environment(&backend);
    let mut gateway = EnvoyGateway::start(super::binary()?, "test~keeps").await?;
    let [good, bad, better] =
        [json!({ "prefix": "/good" }), json!({ "regex": "/a(b" }), json!({ "prefix": "/better" })]
            .map(|matcher| envoy_config::build(&proxy(matcher), &environment));
    assert_eq!(gateway.push(&good).await?, Verdict::Accepted);
    for _ in 0..2 {
        match gateway.push(&bad).await? {
            Verdict::Rejected(reason) => assert!(reason.contains("missing )"), "{reason}"),
            Verdict::Accepted => panic!("Envoy accepts a broken regex"),
        }
        assert_eq!(status(&gateway, "/good").await, 200);
    }
    assert_eq!(gateway.push(&better).await?, Verdict::Accepted);
    assert_eq!((status(&gateway, "/good").await, status(&gateway, "/better").await), (404, 200));
    Ok(())
}

/// Proves that a listener that went and came back serves the routes of its return, not those that it left with.
async fn listeners_come_and_go() -> Result<(), Failed> {
    let backend = Backend::start("echo-a", App::Echo, None).await?;
    let environment = environment(&backend);
    let mut gateway = EnvoyGateway::start(super::binary()?, "test~comes").await?;
    let empty = serde_json::from_value(json!({ "metadata": { "name": "p" }, "spec": {} })).unwrap();
    for round in 0..5 {
        let prefix = format!("/{round}");
        let config = envoy_config::build(&proxy(json!({ "prefix": prefix })), &environment);
        assert_eq!(gateway.push(&config).await?, Verdict::Accepted);
        assert_eq!(status(&gateway, &prefix).await, 200, "round {round}");
        assert_eq!(gateway.push(&envoy_config::build(&empty, &environment)).await?, Verdict::Accepted);
    }
    Ok(())
}
