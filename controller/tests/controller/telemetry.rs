//! What the controller tells of itself: metrics, health, and what it logs.

use serde_json::json;

use crate::support::{Testbed, ingress, log::Log, server::Fault, store::Kind};
use crate::{blog, shop};

#[tokio::test]
async fn metrics_reflect_the_cluster() {
    let mut testbed = Testbed::new().await;
    testbed.put(shop());
    let replica = testbed.start_replica("only");
    testbed.settle().await;
    assert_eq!(replica.telemetry.health.ready(), Ok(()));
    testbed.put(blog());
    testbed.put(ingress("team-b", "rejected", "not a host", "blog-1"));
    testbed.put(ingress("team-b", "shop", "shop.example.com", "blog-1"));
    let mut other = ingress("team-b", "other", "other.example.com", "blog-1");
    other["metadata"]["annotations"] = json!({"networking.knative.dev/ingress.class": "another"});
    testbed.put(other);
    testbed.settle().await;
    let is =
        |name: &str, value: f64| assert_eq!(replica.metric(&format!("knative_gloo_{name}")), value, "{name}");
    is("lists_complete", 1.0);
    is("lease_held", 1.0);
    is("ingresses{outcome=\"translated\"}", 3.0);
    // Those of the barrier too.
    assert!(replica.metric("knative_gloo_ingresses{outcome=\"rejected\"}") >= 1.0);
    assert_eq!(
        replica.metric("knative_gloo_ingresses{outcome=\"rejected\"}"),
        replica.metric("knative_gloo_rejected_ingresses{code=\"invalid-host\"}")
    );
    is("ingresses{outcome=\"skipped\"}", 1.0);
    is("domain_conflicts", 1.0);
    assert!(replica.metric("knative_gloo_change_to_stored_seconds_count") >= 1.0);
    is("change_to_ready_seconds_count", 1.0);
    for (gateway, proxy) in [("external", "knative-external-proxy"), ("internal", "knative-internal-proxy")] {
        is(&format!("proxy_verdict{{proxy=\"{proxy}\",state=\"rejected\"}}"), 0.0);
        assert!(replica.metric(&format!("knative_gloo_proxy_size_bytes{{proxy=\"{proxy}\"}}")) > 100.0);
        assert!(replica.metric(&format!("knative_gloo_probes_total{{gateway=\"{gateway}\"}}")) >= 2.0);
    }
    assert!(replica.metric("knative_gloo_writes_total{kind=\"status\"}") >= 4.0);
    assert!(replica.metric("knative_gloo_writes_total{kind=\"lease\"}") >= 1.0);
    // What is gone is not counted.
    testbed.delete("team-b", "shop");
    testbed.delete("team-b", "other");
    testbed.settle().await;
    is("domain_conflicts", 0.0);
    is("ingresses{outcome=\"skipped\"}", 0.0);
    is("ingresses{outcome=\"translated\"}", 2.0);
    replica.stop().await;
}

#[tokio::test]
async fn healthy_startup_logs_no_warnings() {
    let (log, _logging) = Log::start();
    let testbed = Testbed::new().await;
    testbed.put(shop());
    testbed.put(blog());
    let first = testbed.start_replica("first");
    testbed.until_ready("team-a", "shop", "True").await;
    testbed.until_ready("team-b", "blog", "True").await;
    let second = testbed.start_replica("second");
    testbed.until("it is warm", |_| second.telemetry.health.ready().is_ok()).await;
    first.stop().await;
    testbed.until("it writes", |_| second.metric("knative_gloo_lease_held") == 1.0).await;
    second.stop().await;
    for part in ["the lists are complete", "writing from now on", "gave the lease back"] {
        assert_eq!(log.lines(&[part]).len(), 2, "{part}");
    }
    for level in [" WARN ", "ERROR "] {
        assert_eq!(log.lines(&[level]), [""; 0], "{level}");
    }
}

#[tokio::test]
async fn log_lines_carry_a_span_with_ingress_and_generation() {
    let (log, _logging) = Log::start();
    let mut testbed = Testbed::with([shop()]).await;
    testbed.put(ingress("team-a", "shop", "not a host", "shop-1"));
    testbed.settle().await;
    for (generation, line) in [
        (1, "translated"),
        (1, "served"),
        (1, "status written"),
        (2, "rejected"),
        (2, "severity=\"error\""),
        (2, "status written"),
    ] {
        let lines = log.of("team-a", "shop", &[line]);
        let of = format!("generation={generation}}}");
        assert!(lines.iter().any(|line| line.contains(&of)), "{line} of {of}: {lines:?}");
    }
    // One span for each line, and no line without.
    for line in log.lines(&["object="]) {
        assert_eq!(line.matches("object{").count(), 1, "{line}");
    }
    for line in ["rejected", "translated", "status written", "is not served yet"] {
        assert_eq!(log.lines(&[line]), log.lines(&["object{kind=Ingress namespace=", line]));
    }
}

#[tokio::test]
async fn virtual_host_change_is_logged_once() {
    let (log, _logging) = Log::start();
    let mut testbed = Testbed::with([]).await;
    testbed.put(shop());
    testbed.settle().await;
    testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    testbed.settle().await;
    testbed.delete("team-a", "shop");
    testbed.settle().await;
    for proxy in ["knative-external-proxy", "knative-internal-proxy"] {
        for change in ["added", "changed", "removed"] {
            let line = format!("virtual host {change} proxy=\"{proxy}\" listener=http virtual_host=");
            let span = "object{kind=Ingress namespace=team-a object=shop";
            assert_eq!(log.lines(&[span, &line]).len(), 1, "{proxy} {change}");
        }
    }
}

#[tokio::test]
async fn only_the_lease_holder_logs_rejected_ingresses() {
    let (log, _logging) = Log::start();
    let mut testbed = Testbed::new().await;
    testbed.put(ingress("team-a", "bad", "not a host", "shop-1"));
    let first = testbed.start_replica("first");
    testbed.settle().await;
    let second = testbed.start_replica("second");
    testbed.until("it is warm", |_| second.telemetry.health.ready().is_ok()).await;
    testbed.put(ingress("team-a", "worse", "nor this", "shop-1"));
    testbed.settle().await;
    for name in ["bad", "worse"] {
        testbed
            .until("the second knows", |_| !log.of("team-a", name, &["by the replica that"]).is_empty())
            .await;
        assert_eq!(log.of("team-a", name, &["WARN", "rejected"]).len(), 1, "{name}");
        assert_eq!(log.of("team-a", name, &["WARN", "severity=\"error\""]).len(), 1, "{name}");
    }
    // Whoever begins to write tells what it finds.
    first.stop().await;
    for name in ["bad", "worse"] {
        testbed.until("it tells", |_| log.of("team-a", name, &["WARN", "rejected"]).len() == 2).await;
    }
    second.stop().await;
}

/// Type and reason of each Event of an Ingress.
fn events(testbed: &Testbed, name: &str) -> Vec<String> {
    let store = testbed.server.store();
    let events =
        store.history.iter().filter(|change| change.kind == Kind::Event).map(|change| &change.object);
    let of = events.filter(|event| event["regarding"]["name"] == name);
    of.map(|event| format!("{} {}", event["type"].as_str().unwrap(), event["reason"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn only_the_lease_holder_emits_events() {
    let mut testbed = Testbed::new().await;
    testbed.put(ingress("team-a", "bad", "not a host", "shop-1"));
    let first = testbed.start_replica("first");
    testbed.until("it is told", |_| events(&testbed, "bad") == ["Warning IngressRejected"]).await;
    let second = testbed.start_replica("second");
    testbed.until("it is warm", |_| second.telemetry.health.ready().is_ok()).await;
    // Writes that fail tell nothing more.
    for _ in 0..5 {
        testbed.server.behaviour().write_faults.push((Kind::Ingress, Fault::Answer(500)));
    }
    testbed.put(ingress("team-a", "bad", "shop.example.com", "shop-1"));
    let told = ["Warning IngressRejected", "Normal IngressAccepted"];
    testbed.until("its end is told", |_| events(&testbed, "bad") == told).await;
    testbed.settle().await;
    assert_eq!(events(&testbed, "bad"), told);
    assert_eq!(second.metric("knative_gloo_writes_total{kind=\"event\"}"), 0.0);
    first.stop().await;
    second.stop().await;
}
