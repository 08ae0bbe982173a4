//! The prober with a simulated gateway instead of a network, and with paused time that advances when nothing else is left to do.
#![allow(clippy::arithmetic_side_effects)]

use std::{sync::Mutex, time::Duration};

use knative_gloo_translate::{ClassFilter, Options, translate};
use knative_ingress_model::Ingress;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::*;

/// What endpoints do, and what they were asked.
#[derive(Clone, Default)]
struct Testbed(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// The hash that each endpoint knows each host by.
    served: BTreeMap<(Endpoint, String), String>,
    hung: BTreeSet<Endpoint>,
    /// The beginning of the hosts whose backends hang, so that the gateway says nothing.
    silent: Option<&'static str>,
    /// How long an answer takes.
    slowness: Duration,
    asked: Vec<(Endpoint, String)>,
    under_way: BTreeMap<Endpoint, usize>,
    most_under_way: usize,
}

const LIMIT: Duration = Duration::from_secs(1);

impl Ask for Testbed {
    async fn ask(&self, endpoint: Endpoint, probe: Arc<Probe>) -> Result<(), Failure> {
        struct UnderWay<'a>(&'a Testbed, Endpoint);
        impl Drop for UnderWay<'_> {
            fn drop(&mut self) {
                *self.0.0.lock().unwrap().under_way.get_mut(&self.1).unwrap() -= 1;
            }
        }
        let (is_hung, is_silent, slowness) = {
            let mut inner = self.0.lock().unwrap();
            inner.asked.push((endpoint, probe.host.clone()));
            *inner.under_way.entry(endpoint).or_default() += 1;
            inner.most_under_way = inner.most_under_way.max(inner.under_way.values().sum());
            let is_silent = inner.silent.is_some_and(|silent| probe.host.starts_with(silent));
            (inner.hung.contains(&endpoint), is_silent, inner.slowness)
        };
        let _under_way = UnderWay(self, endpoint);
        if is_hung {
            sleep(LIMIT).await;
            return Err(Failure::Unreachable("no answer".to_owned()));
        }
        if is_silent {
            sleep(LIMIT).await;
            return Err(Failure::Silent(LIMIT));
        }
        sleep(slowness).await;
        let inner = self.0.lock().unwrap();
        match inner.served.get(&(endpoint, probe.host.clone())) {
            None => Err(Failure::Answer { status: 404, other_hash: None }),
            Some(hash) if **hash == *probe.hash => Ok(()),
            Some(hash) => Err(Failure::Answer { status: 200, other_hash: Some(hash.clone()) }),
        }
    }
}

impl Testbed {
    fn prober(&self) -> Prober<Self> {
        Prober::new(self.clone(), ProbeSettings::default())
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut Inner) -> T) -> T {
        edit(&mut self.0.lock().unwrap())
    }

    /// Lets `endpoint` serve what `probes` ask of its gateway.
    fn serve(&self, endpoint: Endpoint, probes: &[Probe]) {
        let of_gateway = probes.iter().filter(|probe| probe.gateway == endpoint.gateway);
        for probe in of_gateway {
            self.edit(|inner| inner.served.insert((endpoint, probe.host.clone()), probe.hash.to_string()));
        }
    }

    fn asked(&self) -> Vec<(Endpoint, String)> {
        self.edit(|inner| std::mem::take(&mut inner.asked))
    }
}

fn endpoint(gateway: Gateway, number: u8) -> Endpoint {
    Endpoint { gateway, scheme: Scheme::Http, address: ([10, 0, 0, number], 80).into() }
}

fn endpoints(of: &[Endpoint]) -> Endpoints {
    Endpoints { http: of.iter().map(|endpoint| endpoint.address).collect(), https: BTreeSet::new() }
}

/// The Ingress of this name in this version with so many hosts, private ones, and its probes.
fn private(name: &str, version: usize, hosts: usize) -> (IngressRef, Vec<Probe>) {
    private_in("team-a", name, version, hosts)
}

/// The same in that namespace.
fn private_in(namespace: &str, name: &str, version: usize, hosts: usize) -> (IngressRef, Vec<Probe>) {
    let hosts: Vec<_> = (0..hosts).map(|host| format!("{name}-{host}.example.com")).collect();
    let backend = format!("version-{version}");
    let split =
        json!({"serviceNamespace": namespace, "serviceName": backend, "servicePort": 80, "percent": 100});
    let ingress: Ingress = serde_json::from_value(json!({
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"rules": [{"hosts": hosts, "visibility": "ClusterLocal", "http": {"paths": [{"splits": [split]}]}}]},
    }))
    .unwrap();
    let options = Options::default().with_class(ClassFilter::Any).with_probe(true);
    (ingress.reference(), translate([&ingress], &options).reports[0].probes())
}

const INTERNAL: Gateway = Gateway::Internal;

async fn next(prober: &mut Prober<Testbed>) -> Event {
    timeout(Duration::from_secs(3600), prober.next()).await.expect("something becomes known")
}

async fn is_quiet(prober: &mut Prober<Testbed>) -> bool {
    timeout(Duration::from_secs(60), prober.next()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn ingress_is_served_once_every_endpoint_answers_with_the_hash() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 2));
    let (one, other) = (endpoint(INTERNAL, 1), endpoint(INTERNAL, 2));
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one, other]));
    testbed.serve(one, &probes);
    assert_eq!(prober.want(&shop, probes.clone()), Progress::Unknown);
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    assert!(is_quiet(&mut prober).await, "one endpoint is not all");
    // Another version is none.
    testbed.serve(other, &private("shop", 0, 2).1);
    assert!(is_quiet(&mut prober).await, "another hash is not this one");
    testbed.serve(other, &probes);
    assert_eq!(next(&mut prober).await, Event::Served(shop.clone()));
    assert_eq!(prober.want(&shop, probes), Progress::Served);
    testbed.asked();
    assert!(is_quiet(&mut prober).await);
    assert_eq!(testbed.asked(), [], "what is served is not asked again");
    let counts = prober.counts(INTERNAL);
    assert!(counts.sent - counts.failed == 4 && counts.failed > 10, "{counts:?}");
    assert_eq!(prober.counts(Gateway::External), ProbeCounts::default());
}

#[tokio::test(start_paused = true)]
async fn successful_probe_is_not_repeated() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 10));
    let one = endpoint(INTERNAL, 1);
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    // All but one.
    testbed.serve(one, &probes[1..]);
    prober.want(&shop, probes.clone());
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    assert!(is_quiet(&mut prober).await);
    let asked = testbed.asked();
    let of = |host: &str| asked.iter().filter(|(_, asked)| asked == host).count();
    assert!(of(&probes[0].host) > 30, "{}", of(&probes[0].host));
    assert!(probes[1..].iter().all(|probe| of(&probe.host) == 1), "each of the others once");
}

#[tokio::test(start_paused = true)]
async fn probe_backoff_grows_to_a_second() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 1));
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[endpoint(INTERNAL, 1)]));
    prober.want(&shop, probes);
    let start = Instant::now();
    let mut at = Vec::new();
    for _ in 0..8 {
        while testbed.asked().is_empty() {
            let _ = timeout(Duration::from_millis(1), prober.next()).await;
        }
        at.push(start.elapsed().as_millis());
    }
    let pauses: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, wanted) in pauses.iter().zip([50_u128, 100, 200, 400, 800, 1000, 1000]) {
        assert!(pause.abs_diff(wanted) < 5, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn gateway_without_endpoints_delays_readiness() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 1));
    let one = endpoint(INTERNAL, 1);
    testbed.serve(one, &probes);
    let mut prober = testbed.prober();
    assert_eq!(prober.want(&shop, probes), Progress::Waiting);
    assert!(is_quiet(&mut prober).await);
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    assert_eq!(next(&mut prober).await, Event::Served(shop));
}

#[tokio::test(start_paused = true)]
async fn removed_endpoints_are_not_awaited_and_added_ones_are() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 3));
    let [one, hung, new] = [1, 2, 3].map(|number| endpoint(INTERNAL, number));
    testbed.edit(|inner| inner.hung.insert(hung));
    testbed.serve(one, &probes);
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one, hung]));
    prober.want(&shop, probes.clone());
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    assert!(is_quiet(&mut prober).await);
    // The one that hangs is replaced, by one that doesn't serve it yet.
    prober.set_endpoints(INTERNAL, endpoints(&[one, new]));
    testbed.asked();
    assert!(is_quiet(&mut prober).await);
    assert!(
        testbed.asked().iter().all(|(endpoint, _)| *endpoint == new),
        "only what has not answered is asked"
    );
    testbed.serve(new, &probes);
    assert_eq!(next(&mut prober).await, Event::Served(shop.clone()));

    // The last that is missing goes.
    let (blog, probes) = private("blog", 1, 1);
    testbed.serve(one, &probes);
    assert_eq!(prober.want(&blog, probes), Progress::Unknown);
    assert_eq!(next(&mut prober).await, Event::Waiting(blog.clone()));
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    assert_eq!(next(&mut prober).await, Event::Served(blog));
    // One that was served is not asked of an endpoint that comes later.
    prober.set_endpoints(INTERNAL, endpoints(&[one, hung]));
    testbed.asked();
    assert!(is_quiet(&mut prober).await);
    assert_eq!(testbed.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn endpoint_that_returns_during_a_probe_is_probed_again() {
    let (testbed, (shop, probes)) = (Testbed::default(), private("shop", 1, 1));
    let one = endpoint(INTERNAL, 1);
    let mut prober = testbed.prober();
    testbed.edit(|inner| inner.hung.insert(one));
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    prober.want(&shop, probes.clone());
    assert!(timeout(Duration::from_millis(10), prober.next()).await.is_err());
    prober.set_endpoints(INTERNAL, Endpoints::default());
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    testbed.edit(|inner| inner.hung.clear());
    testbed.serve(one, &probes);
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    assert_eq!(next(&mut prober).await, Event::Served(shop));
    assert_eq!(testbed.edit(|inner| inner.under_way.values().sum::<usize>()), 0);
}

#[tokio::test(start_paused = true)]
async fn changed_ingress_is_probed_with_its_new_hash() {
    let testbed = Testbed::default();
    let one = endpoint(INTERNAL, 1);
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    let (shop, old) = private("shop", 1, 1);
    let (_, new) = private("shop", 2, 1);
    testbed.edit(|inner| inner.hung.insert(one));
    prober.want(&shop, old.clone());
    assert!(timeout(Duration::from_millis(10), prober.next()).await.is_err());
    // While its request is under way; the gateway serves the old version by now.
    testbed.edit(|inner| inner.hung.clear());
    testbed.serve(one, &old);
    assert_eq!(prober.want(&shop, new.clone()), Progress::Unknown);
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    assert!(is_quiet(&mut prober).await);
    testbed.serve(one, &new);
    assert_eq!(next(&mut prober).await, Event::Served(shop.clone()));
    // And back.
    assert_eq!(prober.want(&shop, old), Progress::Unknown);
}

#[tokio::test(start_paused = true)]
async fn only_the_added_host_of_the_same_hash_is_probed() {
    let testbed = Testbed::default();
    let one = endpoint(INTERNAL, 1);
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    let (shop, probes) = private("shop", 1, 5);
    // The last host is another Ingress's for now.
    testbed.serve(one, &probes[1..]);
    prober.want(&shop, probes[..4].to_vec());
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    assert!(is_quiet(&mut prober).await);
    testbed.asked();
    assert_eq!(prober.want(&shop, probes.clone()), Progress::Unknown);
    assert_eq!(next(&mut prober).await, Event::Waiting(shop));
    assert!(is_quiet(&mut prober).await);
    let asked: BTreeSet<_> = testbed.asked().into_iter().map(|(_, host)| host).collect();
    let wanted: BTreeSet<_> = [&probes[0], &probes[4]].into_iter().map(|probe| probe.host.clone()).collect();
    assert_eq!(asked, wanted);
}

#[tokio::test(start_paused = true)]
async fn removed_ingress_is_not_probed() {
    let testbed = Testbed::default();
    let one = endpoint(INTERNAL, 1);
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    testbed.edit(|inner| inner.hung.insert(one));
    let (shop, probes) = private("shop", 1, 1);
    prober.want(&shop, probes.clone());
    assert!(timeout(Duration::from_millis(10), prober.next()).await.is_err());
    assert_eq!(testbed.asked().len(), 1);
    prober.forget(&shop);
    assert!(is_quiet(&mut prober).await);
    assert_eq!(testbed.asked(), []);
    assert_eq!(testbed.edit(|inner| inner.under_way.values().sum::<usize>()), 0, "its request is given up");
    // Nor is one that waits.
    testbed.edit(|inner| inner.hung.clear());
    prober.want(&shop, probes.clone());
    assert_eq!(next(&mut prober).await, Event::Waiting(shop.clone()));
    prober.forget(&shop);
    testbed.asked();
    assert!(is_quiet(&mut prober).await);
    assert_eq!(testbed.asked(), []);
    // Nor is anything told of it.
    testbed.serve(one, &probes);
    prober.set_endpoints(INTERNAL, Endpoints::default());
    prober.want(&shop, probes);
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    prober.forget(&shop);
    assert!(is_quiet(&mut prober).await);
}

#[tokio::test(start_paused = true)]
async fn thousand_hosts_do_not_delay_other_ingresses() {
    let testbed = Testbed::default();
    let one = endpoint(INTERNAL, 1);
    testbed.edit(|inner| inner.slowness = Duration::from_millis(10));
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    let (large, of_large) = private("large", 1, 1_000);
    let (small, of_small) = private("small", 1, 1);
    testbed.serve(one, &of_large);
    testbed.serve(one, &of_small);
    prober.want(&large, of_large);
    assert!(timeout(Duration::from_millis(100), prober.next()).await.is_err());
    prober.want(&small, of_small);
    assert_eq!(next(&mut prober).await, Event::Served(small));
    assert!(testbed.asked().len() < 30, "the small one is asked for at its turn");
    assert_eq!(next(&mut prober).await, Event::Served(large));
}

#[tokio::test(start_paused = true)]
async fn concurrent_probes_are_limited_and_a_hung_endpoint_blocks_only_its_own() {
    let testbed = Testbed::default();
    let (internal, external) = (endpoint(INTERNAL, 1), endpoint(Gateway::External, 2));
    testbed.edit(|inner| {
        inner.slowness = Duration::from_millis(1);
        inner.hung.insert(external);
    });
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[internal]));
    prober.set_endpoints(Gateway::External, endpoints(&[external]));
    let mut left = BTreeSet::new();
    for number in 0..200 {
        // All of these need the one that hangs.
        let (public, mut probes) = private(&format!("public-{number}"), 1, 1);
        testbed.serve(internal, &probes);
        let mut outside = probes[0].clone();
        outside.gateway = Gateway::External;
        probes.push(outside);
        prober.want(&public, probes);
    }
    for number in 0..200 {
        let (private, probes) = private(&format!("private-{number}"), 1, 1);
        testbed.serve(internal, &probes);
        prober.want(&private, probes);
        left.insert(private);
    }
    let start = Instant::now();
    while !left.is_empty() {
        if let Event::Served(ingress) = next(&mut prober).await {
            assert!(left.remove(&ingress), "{ingress} is not served");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let most = testbed.edit(|inner| inner.most_under_way);
    assert!(most <= ProbeSettings::default().parallel, "{most}");
    // It comes to itself, and all go on at once.
    testbed.edit(|inner| inner.hung.clear());
    for number in 0..200 {
        testbed.serve(
            external,
            &private(&format!("public-{number}"), 1, 1)
                .1
                .iter()
                .map(|probe| {
                    let mut outside = probe.clone();
                    outside.gateway = Gateway::External;
                    outside
                })
                .collect::<Vec<_>>(),
        );
    }
    let start = Instant::now();
    let mut served = 0;
    while served < 200 {
        served += usize::from(matches!(next(&mut prober).await, Event::Served(_)));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Whoever has many Ingresses with backends that hang keeps those of other namespaces waiting for no more than one answer.
#[tokio::test(start_paused = true)]
async fn hanging_backends_of_a_namespace_do_not_delay_others() {
    let testbed = Testbed::default();
    let one = endpoint(INTERNAL, 1);
    testbed.edit(|inner| inner.silent = Some("hanging"));
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    for number in 0..200 {
        let (hanging, probes) = private_in("team-b", &format!("hanging-{number}"), 1, 1);
        prober.want(&hanging, probes);
    }
    assert!(timeout(LIMIT * 10, prober.next()).await.is_ok());
    let (shop, probes) = private("shop", 1, 3);
    testbed.serve(one, &probes);
    prober.want(&shop, probes);
    let start = Instant::now();
    while next(&mut prober).await != Event::Served(shop.clone()) {}
    assert!(start.elapsed() <= LIMIT, "{:?}", start.elapsed());
}

/// An endpoint that has answered nobody for long is asked one thing at a time, so that others can be asked meanwhile.
#[tokio::test(start_paused = true)]
async fn silent_endpoint_is_asked_one_thing_at_a_time() {
    let testbed = Testbed::default();
    let (one, other) = (endpoint(INTERNAL, 1), endpoint(Gateway::External, 2));
    testbed.edit(|inner| inner.silent = Some("hanging"));
    let mut prober = testbed.prober();
    prober.set_endpoints(INTERNAL, endpoints(&[one]));
    prober.set_endpoints(Gateway::External, endpoints(&[other]));
    for number in 0..200 {
        let (hanging, probes) = private_in(&format!("team-{number}"), &format!("hanging-{number}"), 1, 1);
        prober.want(&hanging, probes);
    }
    let most_from = |testbed: &Testbed| testbed.edit(|inner| std::mem::take(&mut inner.most_under_way));
    assert!(timeout(Duration::from_millis(1), prober.next()).await.is_err());
    assert_eq!(most_from(&testbed), ProbeSettings::default().parallel / 2);
    let later = Instant::now() + LIMIT * 5;
    while tokio::time::timeout_at(later, prober.next()).await.is_ok() {}
    most_from(&testbed);
    let later = Instant::now() + LIMIT * 5;
    while tokio::time::timeout_at(later, prober.next()).await.is_ok() {}
    assert_eq!(most_from(&testbed), 1);
}

#[tokio::test(start_paused = true)]
async fn ingress_without_probes_is_served() {
    let mut prober = Testbed::default().prober();
    assert_eq!(prober.want(&private("shop", 1, 1).0, Vec::new()), Progress::Served);
    assert_eq!(prober.asked_for(), 0);
}
