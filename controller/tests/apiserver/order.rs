//! What the controller needs may come after it, and may be gone before it.

use crate::definitions::define;
use crate::replica::{OPTIONS, Replica, until};
use crate::restart::{Testbed, create_namespace, deploy, put, team};
use crate::server::{KubeApiServer, User};

/// It starts without an API server, without rights and without definitions, and does its work when all have come; and it stops
/// where the API server has gone before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn controller_starts_before_and_stops_after_everything_else() {
    let mut server = KubeApiServer::start().await;
    server.kill();
    let replica = Replica::start("only", &server.kubeconfig(User::Controller), OPTIONS, &[]);
    let says = async |what: &str| until(what, async || replica.log().contains(what)).await;
    says("Connection refused").await;
    assert!(!replica.is_ready());
    server.restart().await;
    says("is forbidden").await;
    let admin = server.client(User::Admin).await;
    deploy(&admin).await;
    says("404 page not found").await;
    assert!(!replica.is_ready());
    define(&admin).await;
    create_namespace(&admin, team(1)).await.unwrap();
    put(&admin, 1, "first").await.unwrap();
    Testbed::new(&admin).settled().await;
    until("it is ready", async || replica.is_ready()).await;
    // There is something to write when it has to stop, and nobody to write it to.
    let beside = server.start_beside().await;
    server.kill();
    put(&beside.client(User::Admin).await, 1, "second").await.unwrap();
    assert!(replica.stop().await.success());
}
