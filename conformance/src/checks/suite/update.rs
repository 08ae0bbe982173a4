use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use knative_gloo_translate::Scheme;
use knative_ingress_model::{Ingress, IngressSpec};

use super::context::{Context, PortName, ok};
use super::ingress::public;
use super::{Service, TestResult, backend, path};
use crate::checks::Failure;
use crate::checks::failure::ensure;
use crate::testbed::client::Request;

const HEADER: &str = "Who-Are-You";

/// How many updates each half of the test makes.
const UPDATES: u32 = 10;

/// While routes and backends change, no request fails; once an update is ready, none gets the old answer.
pub(super) async fn update(context: Context) -> TestResult {
    let mut service = context.echo(PortName::Http1).await?;
    let host = context.host(&context.unique());
    let name = context.unique();
    let ingress = context.create_ready(&name, spec(&host, &service, &service.name)).await?;
    let load = Load::start(context.request(&ingress, Scheme::Http, &host, "")?);
    load.some_requests().await;
    for _ in 0..UPDATES {
        replace(&context, &ingress, &host, &service, &load).await?;
    }
    for _ in 0..UPDATES {
        let next = context.echo(PortName::Http1).await?;
        replace(&context, &ingress, &host, &next, &load).await?;
        context.delete(&service).await?;
        service = next;
    }
    load.finish().await
}

fn spec(host: &str, service: &Service, sentinel: &str) -> IngressSpec {
    public(&[host.to_owned()], vec![path("", vec![backend(service, 100, Some((HEADER, sentinel)))])])
}

/// Updates as the suite does: the spec as it is, without defaults.
async fn replace(
    context: &Context,
    ingress: &Ingress,
    host: &str,
    service: &Service,
    load: &Load,
) -> TestResult {
    let sentinel = context.unique();
    let mut updated = ingress.clone();
    updated.spec = spec(host, service, &sentinel);
    let updated = context.apply_ready(updated).await?;
    let echo = context.ok(&updated, host, "").await?;
    let seen = echo.header(HEADER);
    ensure!(seen == Some(&sentinel), "ready, and {HEADER} is still {seen:?}, wanted {sentinel}");
    load.some_requests().await;
    Ok(())
}

/// Requests back to back for as long as it lives.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<TestResult>,
}

impl Load {
    fn start(request: Request) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let task = tokio::spawn({
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            async move {
                while !stop.load(Ordering::SeqCst) {
                    let mut request = request.clone();
                    request.path = format!("/?time={}", answered.load(Ordering::SeqCst));
                    let failed =
                        |failure: Failure| Failure::because(format!("a request was lost: {failure}"));
                    ok(&request).await.map_err(failed)?;
                    answered.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            }
        });
        Self { stop, answered, task }
    }

    /// Waits for five more answers, or for the first failure.
    async fn some_requests(&self) {
        let wanted = self.answered.load(Ordering::SeqCst).saturating_add(5);
        while self.answered.load(Ordering::SeqCst) < wanted && !self.task.is_finished() {
            tokio::time::sleep(crate::testbed::envoy::POLL).await;
        }
    }

    async fn finish(self) -> TestResult {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await?
    }
}
