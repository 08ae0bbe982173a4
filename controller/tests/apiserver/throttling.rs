//! An API server that answers 429 in earnest: its priority and fairness refuses all that the controller asks of Proxies.

use serde_json::{Value, json};

use crate::definitions::define;
use crate::replica::{OPTIONS, Replica, until};
use crate::request::send;
use crate::restart::{Testbed, create_namespace, deploy, put, team};
use crate::server::{KubeApiServer, User};

const API: &str = "/apis/flowcontrol.apiserver.k8s.io/v1";

/// It waits as long as it is asked to, says so, and goes on when it is let through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn controller_recovers_from_throttling() {
    let server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    create_namespace(&admin, team(1)).await.unwrap();
    put(&admin, 1, "first").await.unwrap();
    let testbed = Testbed::new(&admin);
    let replica = Replica::start("only", &server.kubeconfig(User::Controller), OPTIONS, &[]);
    testbed.settled().await;

    let level = json!({
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "PriorityLevelConfiguration",
        "metadata": {"name": "nothing"},
        "spec": {"type": "Limited", "limited": {
            "nominalConcurrencyShares": 0, "lendablePercent": 0, "borrowingLimitPercent": 0, "limitResponse": {"type": "Reject"},
        }},
    });
    let flow = json!({
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema",
        "metadata": {"name": "nothing"},
        "spec": {
            "priorityLevelConfiguration": {"name": "nothing"},
            "matchingPrecedence": 2,
            "rules": [{
                "subjects": [{"kind": "User", "user": {"name": User::Controller.name()}}],
                "resourceRules": [{"verbs": ["*"], "apiGroups": ["gloo.solo.io"], "resources": ["proxies"], "namespaces": ["*"]}],
            }],
        },
    });
    send(&admin, "POST", &format!("{API}/prioritylevelconfigurations"), &level).await.unwrap();
    send(&admin, "POST", &format!("{API}/flowschemas"), &flow).await.unwrap();
    let mut round = 0;
    until("a write is throttled", async || {
        round += 1;
        put(&admin, 1, &format!("round-{round}")).await.unwrap();
        replica.metric("knative_gloo_write_errors_total{kind=\"proxy\",reason=\"throttled\"}") >= 1.0
    })
    .await;
    let log = replica.log();
    let refused = log.lines().find(|line| line.contains("could not be applied")).unwrap();
    assert!(refused.contains("Too many requests, please try again later."), "{refused}");
    // It asks for a second, and the first pause would be half of that.
    assert!(refused.contains("pause=1s"), "{refused}");
    send(&admin, "DELETE", &format!("{API}/flowschemas/nothing"), &Value::Null).await.unwrap();
    testbed.settled().await;
    assert!(replica.stop().await.success());
}
