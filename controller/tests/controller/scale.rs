//! As many Ingresses as a large cluster has.

use crate::support::{Testbed, ingress, key, store::Kind};

const INGRESSES: usize = 5_000;

#[tokio::test]
async fn five_thousand_ingresses() {
    let mut testbed = Testbed::new().await;
    // What is written is looked at here; `probing` asks for a thousand.
    testbed.config.options.probe = false;
    let name = |number: usize| (format!("team-{}", number % 50), format!("service-{number}"));
    testbed.server.edit(|store| {
        for number in 0..INGRESSES {
            let (namespace, name) = name(number);
            // Each hundredth is invalid, and each hundredth wants the host of another.
            let host = match number % 100 {
                7 => "not a host".to_owned(),
                8 => format!("{}.example.com", number - 2),
                _ => format!("{number}.example.com"),
            };
            store.put(Kind::Ingress, ingress(&namespace, &name, &host, &name));
        }
    });
    testbed.start_controller();
    testbed.settle().await;
    let writes = testbed.writes();
    assert_eq!(writes.len(), INGRESSES + 2);
    // A status may be written a first time while the gateways don't serve the Ingress yet.
    let most = |kind| if kind == Kind::Ingress { 2 } else { 1 };
    assert!(writes.iter().all(|((kind, ..), count)| *count <= most(*kind)), "each object is written once");

    // One page holds 500.
    assert!(testbed.server.behaviour().lists >= INGRESSES / 500);

    testbed.stop_controller().await;
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(testbed.writes(), writes, "after a restart nothing is written");

    // Losers of a conflict get their host.
    testbed.server.edit(|store| {
        for number in (6..INGRESSES).step_by(1000) {
            let (namespace, name) = name(number);
            store.delete(&key(Kind::Ingress, &namespace, &name));
        }
    });
    testbed.settle().await;
    let (namespace, name) = name(8);
    testbed.until_ready(&namespace, &name, "True").await;
}
