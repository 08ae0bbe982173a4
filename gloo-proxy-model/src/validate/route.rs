use super::validator::Validator;
use super::violation::ViolationKind;
use super::{destination, matcher, options};
use crate::{Action, DirectResponseAction, PathRewrite, RedirectAction, Route};

/// The settings of a listener that limit its routes.
#[derive(Clone, Copy)]
pub(super) struct RouteLimits {
    /// The longest body of a direct response, in bytes.
    pub(super) max_body: u32,
}

pub(super) fn check<'p>(at: &mut Validator<'p>, route: &'p Route, limits: RouteLimits) {
    let Route { matchers, action, options, name: _, metadata: _, unknown: _ } = route;
    at.each("matchers", matchers, matcher::check);
    match action {
        Some(Action::Route(action)) => at.field("routeAction", |at| destination::check(at, action)),
        Some(Action::Redirect(redirect)) => at.field("redirectAction", |at| check_redirect(at, redirect)),
        Some(Action::DirectResponse(response)) => {
            at.field("directResponseAction", |at| check_direct_response(at, response, limits));
        }
        Some(Action::GraphqlApi(_)) => {}
        None => at.report(
            ViolationKind::MissingValue,
            "missing action: expected routeAction, redirectAction or directResponseAction",
        ),
    }
    at.optional("options", options.as_ref(), options::check_route);
}

fn check_redirect<'p>(at: &mut Validator<'p>, redirect: &'p RedirectAction) {
    let RedirectAction {
        host_redirect,
        path_rewrite,
        response_code: _,
        https_redirect: _,
        strip_query: _,
        port_redirect: _,
        unknown: _,
    } = redirect;
    at.field("hostRedirect", |at| at.one_line(host_redirect));
    match path_rewrite {
        Some(PathRewrite::Path(path)) => at.field("pathRedirect", |at| at.url_path(path)),
        Some(PathRewrite::Prefix(prefix)) => at.field("prefixRewrite", |at| at.url_path(prefix)),
        Some(PathRewrite::Regex(rewrite)) => {
            at.field("regexRewrite", |at| options::check_regex_rewrite(at, rewrite));
        }
        None => {}
    }
}

fn check_direct_response(at: &mut Validator, response: &DirectResponseAction, limits: RouteLimits) {
    let DirectResponseAction { status, body, unknown: _ } = response;
    at.field("status", |at| {
        if !(200..600).contains(status) {
            at.report(
                ViolationKind::InvalidNumber,
                format_args!("invalid status {status}: expected 200 to 599"),
            );
        }
    });
    at.field("body", |at| at.at_most(usize::try_from(limits.max_body).unwrap_or(usize::MAX), body));
}
