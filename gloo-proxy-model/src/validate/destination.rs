use super::headers;
use super::validator::Validator;
use super::violation::ViolationKind;
use crate::{
    Destination, DynamicForwardProxy, DynamicHostRewrite, MultiDestination, RouteAction, RouteDestination,
    TcpAction, TcpDestination, WeightedDestination, WeightedDestinationOptions,
};

pub(super) fn check<'p>(at: &mut Validator<'p>, action: &'p RouteAction) {
    let RouteAction { destination, unknown: _ } = action;
    match destination {
        Some(RouteDestination::Single(single)) => at.field("single", |at| check_single(at, single)),
        Some(RouteDestination::Multi(multi)) => at.field("multi", |at| check_multi(at, multi)),
        Some(RouteDestination::UpstreamGroup(_)) => {}
        Some(RouteDestination::ClusterHeader(header)) => at.field("clusterHeader", |at| {
            at.not_empty(header);
            at.one_line(header);
        }),
        Some(RouteDestination::DynamicForwardProxy(DynamicForwardProxy { host_rewrite, unknown: _ })) => {
            at.field("dynamicForwardProxy", |at| match host_rewrite {
                Some(DynamicHostRewrite::Literal(host)) => at.field("hostRewrite", |at| at.one_line(host)),
                Some(DynamicHostRewrite::Header(header)) => {
                    at.field("autoHostRewriteHeader", |at| at.one_line(header));
                }
                None => {}
            });
        }
        None => at.report(
            ViolationKind::ProcessingError,
            "missing destination: expected single, multi, upstreamGroup, clusterHeader or dynamicForwardProxy",
        ),
    }
}

fn check_single(at: &mut Validator, destination: &Destination) {
    let Destination { destination_type, destination_spec: _, subset: _, unknown: _ } = destination;
    if destination_type.is_none() {
        at.report(ViolationKind::ProcessingError, "missing destination: expected upstream, kube or consul");
    }
}

fn check_multi<'p>(at: &mut Validator<'p>, multi: &'p MultiDestination) {
    let MultiDestination { destinations, unknown: _ } = multi;
    if destinations.is_empty() {
        at.report(ViolationKind::ProcessingError, "missing destinations: expected at least one");
    }
    at.each("destinations", destinations, |at, weighted| {
        let WeightedDestination { destination, weight: _, options, unknown: _ } = weighted;
        match destination {
            Some(destination) => at.field("destination", |at| check_single(at, destination)),
            None => at.report(
                ViolationKind::ProcessingError,
                "missing destination: expected upstream, kube or consul",
            ),
        }
        at.optional("options", options.as_ref(), |at, options| {
            let WeightedDestinationOptions { header_manipulation, unknown: _ } = options;
            at.optional("headerManipulation", header_manipulation.as_ref(), headers::check);
        });
    });
    check_weights(at, destinations);
}

fn check_weights<'p>(at: &mut Validator<'p>, destinations: &'p [WeightedDestination]) {
    let weights = destinations.iter().map(|weighted| u64::from(weighted.weight.unwrap_or(0)));
    let sum = weights.fold(0, u64::saturating_add);
    at.field("destinations", |at| {
        if sum == 0 && !destinations.is_empty() {
            at.report(ViolationKind::ProcessingError, "invalid sum of weights 0: expected at least 1");
        }
        if sum > u64::from(u32::MAX) {
            at.report(
                ViolationKind::InvalidNumber,
                format_args!("invalid sum of weights {sum}: expected at most {}", u32::MAX),
            );
        }
    });
}

pub(super) fn check_tcp<'p>(at: &mut Validator<'p>, action: &'p TcpAction) {
    let TcpAction { destination, unknown: _ } = action;
    match destination {
        Some(TcpDestination::Single(single)) => at.field("single", |at| check_single(at, single)),
        Some(TcpDestination::Multi(multi)) => at.field("multi", |at| check_multi(at, multi)),
        Some(TcpDestination::UpstreamGroup(_) | TcpDestination::ForwardSniClusterName) => {}
        None => at.report(
            ViolationKind::MissingValue,
            "missing destination: expected single, multi, upstreamGroup or forwardSniClusterName",
        ),
    }
}
