//! What a route asks of a request: its path, headers, query and method.

use std::fmt;

use gloo_proxy_model::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};

use crate::http_model::{Request, without_query};
use crate::pattern::Pattern;
use crate::trace::Mismatch;

#[derive(Debug)]
pub(crate) struct ReadyMatcher {
    path: ReadyPath,
    headers: Vec<(String, Wanted, bool)>,
    query: Vec<(String, Wanted)>,
    methods: Vec<String>,
}

#[derive(Debug)]
enum ReadyPath {
    Prefix { text: String, any_case: bool },
    Exact { text: String, any_case: bool },
    Regex(Pattern),
    Never,
}

#[derive(Debug)]
enum Wanted {
    Present,
    Exact(String),
    Regex(Pattern),
}

impl ReadyMatcher {
    pub(crate) fn new(matcher: &Matcher) -> Self {
        let Matcher { path, case_sensitive, headers, query_parameters, methods, unknown: _ } = matcher;
        let any_case = *case_sensitive == Some(false);
        let header = |matcher: &HeaderMatcher| {
            let HeaderMatcher { name, value, regex, invert_match, unknown: _ } = matcher;
            (name.to_ascii_lowercase(), Wanted::new(value, *regex), *invert_match)
        };
        let parameter = |matcher: &QueryParameterMatcher| {
            let QueryParameterMatcher { name, value, regex, unknown: _ } = matcher;
            (name.clone(), Wanted::new(value, *regex))
        };
        Self {
            path: match path {
                Some(PathSpecifier::Prefix(text)) => ReadyPath::Prefix { text: text.clone(), any_case },
                Some(PathSpecifier::Exact(text)) => ReadyPath::Exact { text: text.clone(), any_case },
                Some(PathSpecifier::Regex(text)) => ReadyPath::Regex(Pattern::new(text)),
                Some(PathSpecifier::Connect) | None => ReadyPath::Never,
            },
            headers: headers.iter().map(header).collect(),
            query: query_parameters.iter().map(parameter).collect(),
            methods: methods.clone(),
        }
    }

    /// The length of the prefix that matches, if all of it does.
    pub(crate) fn matches(&self, path: &str, request: &Request) -> Option<usize> {
        self.check(path, request).ok()
    }

    /// The first thing that does not match.
    pub(crate) fn mismatch(&self, path: &str, request: &Request) -> Option<Mismatch> {
        self.check(path, request).err().map(|failed| failed.told(request))
    }

    fn check(&self, path: &str, request: &Request) -> Result<usize, Failed<'_>> {
        let Self { path: wanted, headers, query, methods } = self;
        let bare = without_query(path);
        let length = wanted.matches(bare).ok_or(Failed::Path(wanted))?;
        let header = |(name, wanted, inverted): &&(String, Wanted, bool)| {
            !header_matches(name, wanted, *inverted, path, request)
        };
        let parameters = path.split_once('?').map_or("", |(_, query)| query);
        let parameter = |(name, wanted): &&(String, Wanted)| {
            let mut values = parameters.split('&').filter_map(|pair| {
                let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
                (known == name).then_some(value)
            });
            !values.next().is_some_and(|value| wanted.matches(value))
        };
        if let Some((name, wanted, inverted)) = headers.iter().find(header) {
            return Err(Failed::Header { name, wanted, inverted: *inverted });
        }
        if let Some((name, wanted)) = query.iter().find(parameter) {
            return Err(Failed::Query { name, wanted });
        }
        if methods.is_empty() || methods.contains(&request.method) {
            Ok(length)
        } else {
            Err(Failed::Method(methods))
        }
    }
}

/// The first thing of a matcher that does not match.
enum Failed<'a> {
    Path(&'a ReadyPath),
    Header { name: &'a str, wanted: &'a Wanted, inverted: bool },
    Query { name: &'a str, wanted: &'a Wanted },
    Method(&'a [String]),
}

impl Failed<'_> {
    fn told(self, request: &Request) -> Mismatch {
        match self {
            Self::Path(path) => Mismatch::Path { expected: path.to_string() },
            Self::Header { name, wanted, inverted } => Mismatch::Header {
                name: name.to_owned(),
                expected: if inverted { format!("not {wanted}") } else { wanted.to_string() },
                found: request.header(name).map(str::to_owned).collect(),
            },
            Self::Query { name, wanted } => {
                Mismatch::Query { name: name.to_owned(), expected: wanted.to_string() }
            }
            Self::Method(methods) => Mismatch::Method { expected: methods.to_vec() },
        }
    }
}

impl fmt::Display for ReadyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = |any_case: &bool| if *any_case { " in any case" } else { "" };
        match self {
            Self::Prefix { text, any_case } => write!(f, "the prefix {text}{}", case(any_case)),
            Self::Exact { text, any_case } => write!(f, "exactly {text}{}", case(any_case)),
            Self::Regex(pattern) => write!(f, "the regex {pattern}"),
            Self::Never => f.write_str("CONNECT"),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("any value"),
            Self::Exact(value) => write!(f, "{value:?}"),
            Self::Regex(pattern) => write!(f, "the regex {pattern}"),
        }
    }
}

impl ReadyPath {
    fn matches(&self, path: &str) -> Option<usize> {
        match self {
            Self::Prefix { text, any_case } => {
                let start = path.as_bytes().get(..text.len())?;
                same(start, text, *any_case).then_some(text.len())
            }
            Self::Exact { text, any_case } => same(path.as_bytes(), text, *any_case).then_some(path.len()),
            Self::Regex(pattern) => pattern.matches(path).then_some(path.len()),
            Self::Never => None,
        }
    }
}

fn same(found: &[u8], wanted: &str, any_case: bool) -> bool {
    if any_case { found.eq_ignore_ascii_case(wanted.as_bytes()) } else { found == wanted.as_bytes() }
}

/// Each value of a header counts by itself. A header that is not there does not match, inverted or not.
fn header_matches(name: &str, wanted: &Wanted, inverted: bool, path: &str, request: &Request) -> bool {
    let (present, matched) = match name {
        ":authority" | "host" => (true, wanted.matches(&request.authority)),
        ":path" => (true, wanted.matches(path)),
        ":method" => (true, wanted.matches(&request.method)),
        ":scheme" => (true, wanted.matches(request.transport.scheme())),
        _ => {
            let mut values = request.header(name).peekable();
            (values.peek().is_some(), values.any(|value| wanted.matches(value)))
        }
    };
    match wanted {
        Wanted::Present => present != inverted,
        Wanted::Exact(_) | Wanted::Regex(_) => present && matched != inverted,
    }
}

impl Wanted {
    /// Gloo: an empty value is presence.
    fn new(value: &str, regex: bool) -> Self {
        match (value.is_empty(), regex) {
            (true, _) => Self::Present,
            (false, true) => Self::Regex(Pattern::new(value)),
            (false, false) => Self::Exact(value.to_owned()),
        }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Exact(wanted) => wanted == value,
            Self::Regex(pattern) => pattern.matches(value),
        }
    }
}
