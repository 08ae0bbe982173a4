use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::kubernetes::KubernetesCluster;
use knative_gloo_translate::{Gateway, Scheme};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// A hundred requests a second for one URL, through the gateway's pods in turn.
pub struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    task: JoinHandle<BTreeMap<String, u64>>,
}

impl Load {
    pub fn start(cluster: &Arc<KubernetesCluster>, gateway: Gateway, host: &str) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (cluster, host) = (Arc::clone(cluster), host.to_owned());
        let task = tokio::spawn({
            let (stop, sent) = (Arc::clone(&stop), Arc::clone(&sent));
            async move {
                let mut ticks = interval(Duration::from_millis(10));
                ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
                let mut answers = BTreeMap::new();
                let mut under_way = tokio::task::JoinSet::new();
                while !stop.load(Ordering::SeqCst) {
                    ticks.tick().await;
                    let request = Request::get("http", &host, "/").to(cluster.address(gateway, Scheme::Http));
                    under_way.spawn(async move { outcome(&request).await });
                    sent.fetch_add(1, Ordering::SeqCst);
                    while let Some(outcome) = under_way.try_join_next() {
                        *answers.entry(outcome.unwrap()).or_default() += 1;
                    }
                }
                while let Some(outcome) = under_way.join_next().await {
                    *answers.entry(outcome.unwrap()).or_default() += 1;
                }
                answers
            }
        });
        Self { stop, sent, task }
    }

    /// Waits until so many more requests have been sent.
    pub async fn requests(&self, number: u64) {
        let wanted = self.sent.load(Ordering::SeqCst) + number;
        while self.sent.load(Ordering::SeqCst) < wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How often which answer came.
    pub async fn finish(self) -> BTreeMap<String, u64> {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap()
    }
}

/// The status of the answer, or why there was none.
async fn outcome(request: &Request) -> String {
    match client::send(request).await {
        Ok(response) if response.status == 200 => "200".to_owned(),
        Ok(response) => {
            format!("{} {}", response.status, String::from_utf8_lossy(&response.body))
        }
        Err(error) => error.to_string(),
    }
}
