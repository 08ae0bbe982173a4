//! `deploy.yaml`'s own account: what it may do is what the controller does, and its tokens rotate.

use std::collections::BTreeSet;
use std::path::Path;

use k8s_openapi::api::events::v1::Event;
use knative_gloo_translate::Gateway;
use kube::api::ListParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Error};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::definitions::define;
use crate::deployment::documents;
use crate::replica::{OPTIONS, Replica, until};
use crate::request::send;
use crate::restart::{Testbed, create_namespace, deploy_for, put, team};
use crate::server::{KubeApiServer, User};

const ACCOUNT: &str = "/api/v1/namespaces/gloo-system/serviceaccounts/knative-gloo-controller";
const ROLE: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/gloo-system/roles/knative-gloo-controller";

/// One that is rejected: its host has a port.
const REJECTED: usize = 10;
const SERVED: usize = 11;

/// A token of the account, which is valid for as long as this Secret is there.
async fn token(admin: &Client, bound_to: &str) -> String {
    let secrets = "/api/v1/namespaces/gloo-system/secrets";
    let secret = send(admin, "POST", secrets, &json!({"metadata": {"name": bound_to}})).await.unwrap();
    let bound =
        json!({"kind": "Secret", "apiVersion": "v1", "name": bound_to, "uid": secret["metadata"]["uid"]});
    let request = json!({"spec": {"boundObjectRef": bound, "expirationSeconds": 3600, "audiences": []}});
    let answer = send(admin, "POST", &format!("{ACCOUNT}/token"), &request).await.unwrap();
    answer["status"]["token"].as_str().unwrap().to_owned()
}

/// Puts a token where the last one was, as the kubelet does: there is a whole one at any time.
fn put_token(file: &Path, token: &str) {
    let new = file.with_extension("new");
    std::fs::write(&new, token).unwrap();
    std::fs::rename(new, file).unwrap();
}

/// A right: group, resource with its subresource, verb.
type Right = (String, String, String);

/// What `deploy.yaml` grants.
fn granted() -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for role in documents("deploy.yaml").iter().filter(|object| object["rules"].is_array()) {
        for rule in role["rules"].as_array().unwrap() {
            let list = |field: &str| -> Vec<String> { serde_json::from_value(rule[field].clone()).unwrap() };
            for group in list("apiGroups") {
                for resource in list("resources") {
                    let verbs = list("verbs");
                    rights.extend(verbs.into_iter().map(|verb| (group.clone(), resource.clone(), verb)));
                }
            }
        }
    }
    rights
}

/// What an API server notes of the account's requests.
struct Audit(TempDir);

impl Audit {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let user = "system:serviceaccount:gloo-system:knative-gloo-controller";
        let policy = json!({
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [{"level": "Metadata", "users": [user]}, {"level": "None"}],
        });
        std::fs::write(directory.path().join("policy.yaml"), policy.to_string()).unwrap();
        Self(directory)
    }

    fn arguments(&self) -> Vec<String> {
        let file = |name: &str| self.0.path().join(name).display().to_string();
        vec![
            format!("--audit-policy-file={}", file("policy.yaml")),
            format!("--audit-log-path={}", file("audit.log")),
        ]
    }

    /// Each right that has been asked for, and how it was decided.
    fn asked(&self) -> BTreeSet<(Right, String)> {
        let log = std::fs::read_to_string(self.0.path().join("audit.log")).unwrap_or_default();
        // The last line may still be on its way.
        let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let asked = events.map(|event| {
            let text =
                |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let resource = match text("/objectRef/subresource").as_str() {
                "" => text("/objectRef/resource"),
                subresource => format!("{}/{subresource}", text("/objectRef/resource")),
            };
            let decision = event["annotations"]["authorization.k8s.io/decision"].as_str().unwrap_or_default();
            ((text("/objectRef/apiGroup"), resource, text("/verb")), decision.to_owned())
        });
        asked.collect()
    }
}

/// Each right that the account has is used, and no other is asked for. Whether a Proxy may be created is no request of its own: without
/// that right the first apply is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn rbac_grants_only_the_verbs_in_use() {
    let audit = Audit::new();
    let server = KubeApiServer::start_with(audit.arguments()).await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy_for(&admin, None).await;
    for number in [REJECTED, SERVED] {
        create_namespace(&admin, team(number)).await.unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    put_token(&file, &token(&admin, "first").await);

    // The Role as it is, but without the right to create Proxies.
    let role = send(&admin, "GET", ROLE, &Value::Null).await.unwrap();
    let mut lesser = role.clone();
    let verbs = lesser["rules"][0]["verbs"].as_array_mut().unwrap();
    verbs.retain(|verb| verb != "create");
    assert_eq!(lesser["rules"][0]["resources"], json!(["proxies"]));
    let lesser = send(&admin, "PUT", ROLE, &lesser).await.unwrap();
    put(&admin, REJECTED, "first").await.unwrap();
    let replica = Replica::start("only", &server.kubeconfig_with_token_file(&file), OPTIONS, &[]);
    until("it is refused", async || {
        let log = replica.log();
        log.lines()
            .any(|line| line.contains("could not be applied") && line.contains("cannot create resource"))
    })
    .await;
    let mut restored = role;
    restored["metadata"]["resourceVersion"] = lesser["metadata"]["resourceVersion"].clone();
    send(&admin, "PUT", ROLE, &restored).await.unwrap();
    Testbed::new(&admin).settled().await;

    // One that has changed when it is to be written is read: so its status changes all the time, as Gloo writes it. (Any other change
    // would make the controller pause.)
    let is_asked = |right: &Right| audit.asked().iter().any(|(asked, _)| asked == right);
    let read = ["gloo.solo.io", "proxies", "get"].map(str::to_owned).into();
    let mut round = 0;
    until("it reads a Proxy", async || {
        round += 1;
        put(&admin, SERVED, &format!("round-{round}")).await.unwrap();
        for note in 0..25 {
            for gateway in Gateway::ALL {
                let path =
                    format!("/apis/gloo.solo.io/v1/namespaces/gloo-system/proxies/{}", gateway.proxy_name());
                let status = json!({"state": "Accepted", "reason": format!("{round}-{note}")});
                let note = json!({
                    "apiVersion": "gloo.solo.io/v1", "kind": "Proxy",
                    "status": {"statuses": {"gloo-system": status}},
                });
                send(&admin, "APPLY", &format!("{path}?fieldManager=somebody"), &note).await.unwrap();
            }
        }
        is_asked(&read)
    })
    .await;
    Testbed::new(&admin).settled().await;
    let events = Api::<Event>::namespaced(admin.clone(), &team(REJECTED));
    until("an Event is there", async || {
        let events = events.list(&ListParams::default()).await.unwrap().items;
        events.iter().any(|event| event.reason.as_deref() == Some("IngressRejected"))
    })
    .await;
    assert!(replica.stop().await.success());

    let asked = audit.asked();
    let used: BTreeSet<Right> = asked.iter().map(|(right, _)| right.clone()).collect();
    let create = ["gloo.solo.io", "proxies", "create"].map(str::to_owned).into();
    let expected: BTreeSet<Right> = granted().into_iter().filter(|right| *right != create).collect();
    assert_eq!(used, expected);
    let denied: Vec<_> = asked.iter().filter(|(_, decision)| decision != "allow").collect();
    assert!(denied.is_empty(), "{denied:?}");
}

/// A token is read anew from its file within a minute, so that it may end once another has been there for so long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn rotated_token_is_reloaded() {
    let mut server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy_for(&admin, None).await;
    create_namespace(&admin, team(1)).await.unwrap();
    put(&admin, 1, "first").await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let old = token(&admin, "old").await;
    put_token(&file, &old);
    let replica = Replica::start("only", &server.kubeconfig_with_token_file(&file), OPTIONS, &[]);
    let testbed = Testbed::new(&admin);
    testbed.settled().await;

    put_token(&file, &token(&admin, "new").await);
    send(&admin, "DELETE", "/api/v1/namespaces/gloo-system/secrets/old", &Value::Null).await.unwrap();
    let old_file = directory.path().join("old");
    std::fs::write(&old_file, old).unwrap();
    let of_old: Kubeconfig = serde_json::from_value(server.kubeconfig_with_token_file(&old_file)).unwrap();
    let of_old = kube::Config::from_custom_kubeconfig(of_old, &KubeConfigOptions::default()).await.unwrap();
    let of_old = Client::try_from(of_old).unwrap();
    let ingresses = "/apis/networking.internal.knative.dev/v1alpha1/ingresses";
    until("the old token is refused", async || match send(&of_old, "GET", ingresses, &Value::Null).await {
        Ok(_) => false,
        Err(Error::Api(status)) => {
            assert_eq!(status.code, 401, "{status:?}");
            true
        }
        Err(error) => panic!("{error}"),
    })
    .await;

    // What it sends from now on, and what it watches from now on, is by the new one.
    put(&admin, 1, "second").await.unwrap();
    testbed.settled().await;
    server.kill();
    server.restart().await;
    put(&admin, 1, "third").await.unwrap();
    testbed.settled().await;
    assert!(replica.stop().await.success());
}
