//! Arbitrary Proxies, and arbitrary damage to them: the API server holds what the model writes, and refuses what it can't read.

#[path = "../../../gloo-proxy-model/tests/support/arbitrary.rs"]
#[allow(dead_code, reason = "not all that other tests need is needed here")]
mod proxies;

use gloo_proxy_model::Proxy;
use kube::{Client, Error};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::definitions::define;
use crate::request::send;
use crate::server::{KubeApiServer, User};

const CASES: usize = 200;
const COLLECTION: &str = "/apis/gloo.solo.io/v1/namespaces/default/proxies?fieldValidation=Strict";

/// With the fields that the model writes, under a name that Kubernetes takes.
fn written(proxy: &Value, number: usize) -> Value {
    let mut written = serde_json::to_value(Proxy::from_value(proxy).unwrap()).unwrap();
    written["metadata"] = json!({"name": format!("proxy-{number}"), "namespace": "default"});
    written
}

async fn create(client: &Client, object: &Value) -> Result<Value, String> {
    match send(client, "POST", COLLECTION, object).await {
        Ok(mut stored) => {
            stored["metadata"] = object["metadata"].clone();
            Ok(stored)
        }
        Err(Error::Api(status)) => Err(status.message),
        Err(error) => panic!("{error}"),
    }
}

/// And read back as it was written.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn api_server_stores_every_proxy_of_the_model() {
    let server = KubeApiServer::start().await;
    let client = server.client(User::Admin).await;
    define(&client).await;
    let mut runner = TestRunner::deterministic();
    let proxies = proxies::proxy();
    for number in 0..CASES {
        let written = written(&proxies.new_tree(&mut runner).unwrap().current(), number);
        let stored = create(&client, &written).await.unwrap_or_else(|reason| panic!("{reason}: {written}"));
        assert!(same(&written, &stored), "{written}\nbecame {stored}");
    }
}

/// And only those are refused. A single Proxy that can't be read would stop Gloo, and whoever lists them.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn model_reads_every_stored_proxy() {
    let server = KubeApiServer::start().await;
    let client = server.client(User::Admin).await;
    define(&client).await;
    let mut runner = TestRunner::deterministic();
    let damaged = (proxies::proxy(), any::<Index>(), proxies::anything());
    let (mut refused, mut held) = (0, 0);
    for number in 0..CASES {
        let (proxy, place, value) = damaged.new_tree(&mut runner).unwrap().current();
        let mut object = written(&proxy, number);
        proxies::damage(&mut object["spec"], place, value);
        match create(&client, &object).await {
            Ok(stored) => {
                let read = Proxy::from_value(&stored);
                assert!(read.is_ok(), "{read:?}: {stored}");
                held += 1;
            }
            Err(reason) => {
                assert!(Proxy::from_value(&object).is_err(), "{reason}: {object}");
                refused += 1;
            }
        }
    }
    assert!(refused > CASES / 4 && held > CASES / 4, "{refused} refused, {held} held");
}

/// Whether both say the same: Go writes a number without fraction as a whole one.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}
