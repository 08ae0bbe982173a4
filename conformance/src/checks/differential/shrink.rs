//! Makes a difference readable: takes away whatever it does not need.

use knative_ingress_model::{HttpIngressPath, Ingress, IngressBackendSplit, IngressRule};

use super::compare::{Difference, Sides};
use super::generate::{Case, Switches};
use crate::http_model::GatewayRequest;
use knative_gloo_simulator::{Request, Transport};

/// The smallest set, and the simplest request, that still show a difference of the same kind.
pub fn shrink(case: &Case, difference: &Difference) -> (Case, Difference) {
    let mut best = (case.clone(), difference.clone());
    loop {
        let found = candidates(&best.0, &best.1).into_iter().find_map(|(case, request)| {
            let found = difference_of(&case, request.as_ref(), &best.1)?;
            Some((case, found))
        });
        match found {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

fn difference_of(case: &Case, request: Option<&GatewayRequest>, like: &Difference) -> Option<Difference> {
    let sides = Sides::new(case);
    let found = match request {
        Some(request) => sides.differ(request),
        None => sides.differ_at_once(),
    };
    // A rejection must not turn into an acceptance on the way, or one fault hides another.
    found.filter(|found| match (found, like) {
        (Difference::Outcome { translator: a, .. }, Difference::Outcome { translator: b, .. }) => a == b,
        (Difference::Refused(_), Difference::Refused(_)) => true,
        (Difference::Answer { .. }, Difference::Answer { .. }) => sides.differ_at_once().is_none(),
        _ => false,
    })
}

/// Every way to take away one thing.
fn candidates(case: &Case, difference: &Difference) -> Vec<(Case, Option<GatewayRequest>)> {
    let request = match difference {
        Difference::Answer { request, .. } => Some(request.as_ref().clone()),
        Difference::Outcome { .. } | Difference::Refused(_) => None,
    };
    let mut all: Vec<(Case, Option<GatewayRequest>)> =
        smaller_cases(case).into_iter().map(|case| (case, request.clone())).collect();
    if let Some(request) = &request {
        all.extend(smaller_requests(request).into_iter().map(|request| (case.clone(), Some(request))));
    }
    all
}

fn smaller_requests(asked: &GatewayRequest) -> Vec<GatewayRequest> {
    let request = &asked.request;
    let mut all: Vec<Request> = Vec::new();
    for index in 0..request.headers.len() {
        let mut smaller = request.clone();
        smaller.headers.remove(index);
        all.push(smaller);
    }
    if let Transport::Tls { .. } = request.transport {
        all.push(Request { transport: Transport::Plain, ..request.clone() });
    }
    for path in ["/", request.path.split('?').next().unwrap_or("/")] {
        if path.len() < request.path.len() && path.starts_with('/') {
            all.push(Request { path: path.to_owned(), ..request.clone() });
        }
    }
    if let Some((name, _)) = request.authority.split_once(':') {
        all.push(Request { authority: name.to_owned(), ..request.clone() });
    }
    if request.authority.bytes().any(|byte| byte.is_ascii_uppercase()) {
        all.push(Request { authority: request.authority.to_ascii_lowercase(), ..request.clone() });
    }
    all.into_iter().map(|request| asked.with(request)).collect()
}

fn smaller_cases(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut try_case = |change: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        change(&mut smaller);
        if smaller != *case {
            all.push(smaller);
        }
    };
    for index in 0..case.ingresses.len() {
        try_case(&|case| drop(case.ingresses.remove(index)));
    }
    try_case(&|case| case.services = None);
    try_case(&|case| case.secrets = None);
    for secret in case.secrets.iter().flatten().map(|(secret, _)| secret) {
        try_case(&|case| {
            case.secrets.as_mut().map(|secrets| secrets.remove(secret));
        });
    }
    try_case(&|case| case.options = Switches::default());
    let switches: [&dyn Fn(&mut Switches); 11] = [
        &|switches| switches.class = None,
        &|switches| switches.cluster_domain = None,
        &|switches| switches.host_ports = None,
        &|switches| switches.any_host_port = false,
        &|switches| switches.probe = false,
        &|switches| switches.regex_max_program_size = None,
        &|switches| switches.foreign_backends = false,
        &|switches| switches.foreign_secrets = false,
        &|switches| switches.foreign_cluster_hosts = false,
        &|switches| switches.catch_all.clear(),
        &|switches| switches.max_output_bytes = None,
    ];
    for switch in switches {
        try_case(&|case| switch(&mut case.options));
    }
    for index in 0..case.services.as_ref().map_or(0, Vec::len) {
        try_case(&|case| drop(case.services.as_mut().map(|services| services.remove(index))));
    }
    for (index, ingress) in case.ingresses.iter().enumerate() {
        for smaller in smaller_ingresses(ingress) {
            try_case(&|case| {
                if let Some(place) = case.ingresses.get_mut(index) {
                    *place = smaller.clone();
                }
            });
        }
    }
    all
}

fn smaller_ingresses(ingress: &Ingress) -> Vec<Ingress> {
    let mut all = Vec::new();
    let mut try_ingress = |change: &dyn Fn(&mut Ingress)| {
        let mut smaller = ingress.clone();
        change(&mut smaller);
        if smaller != *ingress {
            all.push(smaller);
        }
    };
    for index in 0..ingress.spec.rules.len() {
        try_ingress(&|ingress| drop(ingress.spec.rules.remove(index)));
    }
    for index in 0..ingress.spec.tls.len() {
        try_ingress(&|ingress| drop(ingress.spec.tls.remove(index)));
        try_ingress(&|ingress| {
            ingress.spec.tls.iter_mut().skip(index).take(1).for_each(|tls| drop(tls.hosts.pop()))
        });
    }
    try_ingress(&|ingress| ingress.metadata.annotations = None);
    try_ingress(&|ingress| ingress.metadata.creation_timestamp = None);
    try_ingress(&|ingress| ingress.spec.visibility = None);
    try_ingress(&|ingress| ingress.spec.http_option = None);
    for (index, rule) in ingress.spec.rules.iter().enumerate() {
        for smaller in smaller_rules(rule) {
            try_ingress(&|ingress| {
                if let Some(place) = ingress.spec.rules.get_mut(index) {
                    *place = smaller.clone();
                }
            });
        }
    }
    all
}

fn smaller_rules(rule: &IngressRule) -> Vec<IngressRule> {
    let mut all = Vec::new();
    let mut try_rule = |change: &dyn Fn(&mut IngressRule)| {
        let mut smaller = rule.clone();
        change(&mut smaller);
        if smaller != *rule {
            all.push(smaller);
        }
    };
    for index in 0..rule.hosts.len() {
        try_rule(&|rule| drop(rule.hosts.remove(index)));
    }
    try_rule(&|rule| rule.visibility = None);
    let paths = rule.http.iter().flat_map(|http| http.paths.iter().flatten());
    for (index, path) in paths.enumerate() {
        let with = |change: &dyn Fn(&mut Vec<HttpIngressPath>)| {
            let mut smaller = rule.clone();
            smaller.http.iter_mut().filter_map(|http| http.paths.as_mut()).for_each(change);
            smaller
        };
        all.push(with(&|paths| drop(paths.remove(index))));
        for smaller in smaller_paths(path) {
            all.push(with(&|paths| {
                if let Some(place) = paths.get_mut(index) {
                    *place = smaller.clone();
                }
            }));
        }
    }
    all
}

fn smaller_paths(path: &HttpIngressPath) -> Vec<HttpIngressPath> {
    let mut all = Vec::new();
    let mut try_path = |change: &dyn Fn(&mut HttpIngressPath)| {
        let mut smaller = path.clone();
        change(&mut smaller);
        if smaller != *path {
            all.push(smaller);
        }
    };
    try_path(&|path| path.path.clear());
    try_path(&|path| path.rewrite_host.clear());
    try_path(&|path| path.timeout = None);
    try_path(&|path| path.retries = None);
    try_path(&|path| path.splits.iter_mut().for_each(|splits| splits.truncate(1)));
    let plain = IngressBackendSplit {
        service_name: "v1".to_owned(),
        service_port: knative_ingress_model::IntOrString::Int(80),
        percent: 100,
        ..IngressBackendSplit::default()
    };
    try_path(&|path| {
        let namespace = path.splits.iter().flatten().map(|split| split.service_namespace.clone()).next();
        path.splits = Some(vec![IngressBackendSplit {
            service_namespace: namespace.unwrap_or_default(),
            ..plain.clone()
        }]);
    });
    for name in path.headers.keys() {
        try_path(&|path| drop(path.headers.remove(name)));
    }
    for name in path.append_headers.keys() {
        try_path(&|path| drop(path.append_headers.remove(name)));
    }
    try_path(&|path| path.splits.iter_mut().flatten().for_each(|split| split.append_headers.clear()));
    all
}
