use std::collections::HashMap;

use gloo_proxy_model::VirtualHost;

/// Which virtual host has which domain.
#[derive(Debug, Default)]
pub(crate) struct Domains {
    exact: HashMap<String, usize>,
    /// `*.x` without the star.
    suffixes: HashMap<String, usize>,
    /// `x*` without the star.
    prefixes: HashMap<String, usize>,
    /// Lengths of the above, longest first.
    suffix_lengths: Vec<usize>,
    prefix_lengths: Vec<usize>,
    any: Option<usize>,
}

/// The domain that takes an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// The authority itself.
    Exact,
    /// `*` and the authority from here on.
    Suffix(usize),
    /// The authority up to here, and `*`.
    Prefix(usize),
    /// `*`
    Any,
}

impl Domain {
    /// As a Proxy writes it, in lower case.
    pub(crate) fn text(self, authority: &str) -> String {
        match self {
            Self::Exact => authority.to_owned(),
            Self::Suffix(at) => format!("*{}", authority.get(at..).unwrap_or_default()),
            Self::Prefix(end) => format!("{}*", authority.get(..end).unwrap_or_default()),
            Self::Any => "*".to_owned(),
        }
    }
}

impl Domains {
    pub(crate) fn add(
        &mut self,
        virtual_host: &VirtualHost,
        index: usize,
        listener: &str,
        refusals: &mut Vec<String>,
    ) {
        let domains = &virtual_host.domains;
        // Gloo: none, or one empty one, is every host.
        let every = domains.is_empty() || matches!(domains.as_slice(), [only] if only.is_empty());
        let star = ["*".to_owned()];
        for domain in if every { &star[..] } else { domains } {
            let domain = domain.to_ascii_lowercase();
            let taken = if domain == "*" {
                self.any.replace(index).inspect(|first| self.any = Some(*first)).is_some()
            } else if let Some(suffix) = domain.strip_prefix('*') {
                insert(&mut self.suffixes, &mut self.suffix_lengths, suffix, index)
            } else if let Some(prefix) = domain.strip_suffix('*') {
                insert(&mut self.prefixes, &mut self.prefix_lengths, prefix, index)
            } else {
                let taken = self.exact.contains_key(&domain);
                self.exact.entry(domain.clone()).or_insert(index);
                taken
            };
            if taken {
                refusals.push(format!("{listener}: domain {domain} is not unique"));
            }
        }
    }

    /// The virtual host of an authority.
    pub(crate) fn find(&self, authority: &str) -> Option<usize> {
        Some(self.lookup(&authority.to_ascii_lowercase())?.0)
    }

    /// The virtual host of an authority in lower case, and the domain by which it takes it: exact, longest suffix, longest
    /// prefix, `*`.
    pub(crate) fn lookup(&self, authority: &str) -> Option<(usize, Domain)> {
        if let Some(index) = self.exact.get(authority) {
            return Some((*index, Domain::Exact));
        }
        // The star stands for one character at least.
        let shorter = |length: &&usize| **length < authority.len();
        let suffix = self.suffix_lengths.iter().filter(shorter).find_map(|length| {
            let at = authority.len().checked_sub(*length)?;
            Some((*self.suffixes.get(authority.get(at..)?)?, Domain::Suffix(at)))
        });
        let prefix = || {
            let lengths = self.prefix_lengths.iter().filter(shorter);
            let mut starts = lengths.filter_map(|length| authority.get(..*length));
            starts.find_map(|start| Some((*self.prefixes.get(start)?, Domain::Prefix(start.len()))))
        };
        suffix.or_else(prefix).or(self.any.map(|index| (index, Domain::Any)))
    }
}

fn insert(map: &mut HashMap<String, usize>, lengths: &mut Vec<usize>, key: &str, index: usize) -> bool {
    if map.contains_key(key) {
        return true;
    }
    map.insert(key.to_owned(), index);
    if let Err(at) = lengths.binary_search_by(|known| key.len().cmp(known)) {
        lengths.insert(at, key.len());
    }
    false
}
