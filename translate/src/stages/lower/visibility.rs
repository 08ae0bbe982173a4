//! From visibilities to the Proxies that get a rule.

use knative_ingress_model::{IngressRule, Visibility};

use super::{context::Lowering, rules};
use crate::{
    Code, Gateways,
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::VisibilityOf,
    stages::fragment::Fragment,
};

/// Who sees an Ingress.
struct Visible {
    /// For each rule the Proxies that get it.
    rules: Vec<Gateways>,
    /// The Proxies that get the Ingress where it is taken as a whole.
    ingress: Gateways,
}

/// Decides which Proxies get each rule, and hands on to the rules.
pub(crate) fn decide(mut lowering: Lowering<'_>) -> Fragment {
    let spec = &lowering.ingress.spec;
    let Visible { rules, ingress } = visible(spec.visibility.as_ref(), &spec.rules, &mut lowering);
    rules::lower(&rules, ingress, lowering)
}

/// Who sees an Ingress with these visibilities.
fn visible(spec: Option<&Visibility>, rules: &[IngressRule], lowering: &mut Lowering<'_>) -> Visible {
    let at = FieldPath::root("spec");
    let at_rules = at.field("rules");
    let as_a_whole = |ingress: Gateways| Visible { rules: rules.iter().map(|_| ingress).collect(), ingress };
    match lowering.settings.contract.visibility {
        VisibilityOf::Rule => {
            let fallback = match spec {
                Some(spec) => of_word(spec, &at.field("visibility"), lowering),
                None => Gateways::BOTH,
            };
            let rules: Vec<Gateways> = rules
                .iter()
                .enumerate()
                .map(|(index, rule)| match &rule.visibility {
                    Some(own) => of_word(own, &at_rules.index(index).field("visibility"), lowering),
                    None => fallback,
                })
                .collect();
            let ingress = rules.iter().copied().fold(Gateways::NONE, Gateways::union);
            Visible { rules, ingress }
        }
        VisibilityOf::Spec => {
            report_ignored(rules, is_public(spec), &at_rules, lowering);
            as_a_whole(if is_public(spec) { Gateways::EXTERNAL } else { Gateways::INTERNAL })
        }
        VisibilityOf::AnyRule => {
            if spec.is_some() {
                lowering.ignored(&at.field("visibility"));
            }
            if rules.is_empty() || rules.iter().any(|rule| is_public(rule.visibility.as_ref())) {
                report_ignored(rules, true, &at_rules, lowering);
                return as_a_whole(Gateways::BOTH);
            }
            as_a_whole(Gateways::INTERNAL)
        }
    }
}

fn of_word(visibility: &Visibility, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> Gateways {
    match visibility {
        Visibility::ExternalIp => Gateways::BOTH,
        Visibility::ClusterLocal => Gateways::INTERNAL,
        Visibility::Unknown(word) => {
            let message =
                format_args!("invalid visibility {}: expected ExternalIP or ClusterLocal", Quoted(word));
            lowering.diagnostics.error(Code::InvalidVisibility, at, message);
            // It is served nowhere, and its hosts stay reserved wherever the author may have meant it to be.
            Gateways::BOTH
        }
    }
}

fn is_public(visibility: Option<&Visibility>) -> bool {
    match visibility {
        None | Some(Visibility::ExternalIp) => true,
        Some(Visibility::ClusterLocal | Visibility::Unknown(_)) => false,
    }
}

/// Reports rules that say otherwise than the Ingress as a whole, by which Gloo goes.
fn report_ignored(rules: &[IngressRule], public: bool, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    for (index, rule) in rules.iter().enumerate() {
        if rule.visibility.is_some() && is_public(rule.visibility.as_ref()) != public {
            lowering.ignored(&at.index(index).field("visibility"));
        }
    }
}
