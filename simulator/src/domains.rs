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

    /// The virtual host of an authority: exact, longest suffix, longest prefix, `*`.
    pub(crate) fn find(&self, authority: &str) -> Option<usize> {
        let authority = authority.to_ascii_lowercase();
        if let Some(index) = self.exact.get(&authority) {
            return Some(*index);
        }
        // The star stands for one character at least.
        let shorter = |length: &&usize| **length < authority.len();
        let suffix = self.suffix_lengths.iter().filter(shorter).find_map(|length| {
            let at = authority.len().checked_sub(*length)?;
            self.suffixes.get(authority.get(at..)?)
        });
        let prefix = || {
            let lengths = self.prefix_lengths.iter().filter(shorter);
            lengths.filter_map(|length| authority.get(..*length)).find_map(|start| self.prefixes.get(start))
        };
        suffix.or_else(prefix).copied().or(self.any)
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
