//! Knative's ingress conformance suite, test by test under its own names, with its own counts and tolerances, run
//! against the real Envoy. Source: knative/networking `test/conformance/ingress` (August 2026), and for the tests
//! named `2020/…` knative/serving 0.12.

mod basics;
mod class;
mod cluster;
mod context;
mod dispatch;
mod expected;

mod grpc;
mod headers;
mod hosts;
mod http_option;
mod ingress;
mod january;
mod retry;
mod rewrite;
mod run;
mod shares;
mod timeout;
mod tls;
mod update;
mod visibility;
mod websocket;

use std::future::Future;
use std::pin::Pin;

pub use cluster::ClusterUnderTest;
pub use context::{Context, Service};
pub use expected::{ExpectedFailures, UnreadableExpectation};

pub use ingress::{backend, path, rule, shape_1};
pub use run::{Finished, run, run_in, run_one};

pub(crate) use shares::is_share;

/// What a test comes to.
pub type TestResult = Result<(), crate::checks::Failure>;

/// How settled a test is, in the suite's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Every ingress must pass it.
    Stable,
    /// Nearly.
    Beta,
    /// On trial.
    Alpha,
    /// As it was in January 2020 (Knative 0.12), where it was another test.
    January2020,
}

impl Stage {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
            Self::Alpha => "alpha",
            Self::January2020 => "2020",
        }
    }
}

type Body = fn(Context) -> Pin<Box<dyn Future<Output = TestResult> + Send>>;

/// A test of the suite.
#[derive(Clone, Copy)]
pub struct ConformanceTest {
    /// Its name in the suite.
    pub name: &'static str,
    /// How settled it is.
    pub stage: Stage,
    body: Body,
}

macro_rules! tests {
    ($($stage:ident $name:literal => $function:path,)*) => {
        &[$(ConformanceTest {
            name: $name,
            stage: Stage::$stage,
            body: |context| Box::pin($function(context)),
        }),*]
    };
}

/// All tests, in the order of the suite's own tables.
pub fn tests() -> &'static [ConformanceTest] {
    tests! {
        Stable "basics" => basics::basics,
        Stable "basics/http2" => basics::http2,
        Stable "grpc" => grpc::grpc,
        Stable "grpc/split" => grpc::split,
        Stable "headers/pre-split" => headers::pre_split,
        Stable "headers/post-split" => headers::post_split,
        Stable "headers/probe" => headers::probe,
        Stable "hosts/multiple" => hosts::multiple,
        Stable "dispatch/path" => dispatch::by_path,
        Stable "dispatch/percentage" => dispatch::percentage,
        Stable "dispatch/path_and_percentage" => dispatch::path_and_percentage,
        Stable "dispatch/rule" => dispatch::by_rule,
        Stable "retry" => retry::retry,
        Stable "timeout" => timeout::timeout,
        Stable "tls" => tls::tls,
        Stable "update" => update::update,
        Stable "visibility" => visibility::visibility,
        Stable "visibility/split" => visibility::split,
        Stable "visibility/path" => visibility::by_path,
        Stable "ingressclass" => class::ingress_class,
        Stable "websocket" => websocket::websocket,
        Stable "websocket/split" => websocket::split,
        Beta "host-rewrite" => rewrite::host_rewrite,
        Beta "headers/tags" => headers::tags,
        Alpha "httpoption" => http_option::http_option,
        January2020 "2020/basics/http2" => january::http2,
        January2020 "2020/headers/post-split" => january::post_split,
        January2020 "2020/hosts/multiple" => january::multiple_hosts,
        January2020 "2020/dispatch/percentage" => january::percentage,
        January2020 "2020/dispatch/path_and_percentage" => january::path_and_percentage,
        January2020 "2020/tls" => january::tls,
        January2020 "2020/retry" => january::retry,
        January2020 "2020/timeout" => january::timeout,
    }
}
