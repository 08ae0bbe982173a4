use std::collections::BTreeMap;

use gloo_proxy_model::{HeaderManipulation, HeaderSource};

/// What happens to a request's headers at one level, in Envoy's order: first the removals, then the additions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manipulation {
    remove: Vec<String>,
    add: Vec<(String, String, bool)>,
}

/// Headers by lower-case name.
pub(crate) type Headers = BTreeMap<String, Vec<String>>;

impl Manipulation {
    pub(crate) fn new(
        manipulation: Option<&HeaderManipulation>,
        at: &str,
        refusals: &mut Vec<String>,
    ) -> Self {
        let Some(manipulation) = manipulation else { return Self::default() };
        let HeaderManipulation {
            request_headers_to_add,
            request_headers_to_remove,
            response_headers_to_add: _,
            response_headers_to_remove: _,
            unknown: _,
        } = manipulation;
        let mut add = Vec::new();
        for header in request_headers_to_add {
            let Some(HeaderSource::Header(pair)) = &header.source else { return Self::default() };
            // One name that Gloo refuses takes the whole manipulation with it.
            if pair.key.starts_with(':') || pair.key.eq_ignore_ascii_case("host") {
                return Self::default();
            }
            if pair.key.is_empty()
                || [&pair.key, &pair.value].iter().any(|text| text.contains(['\0', '\r', '\n']))
            {
                refusals.push(format!("{at}: header {:?} with value {:?}", pair.key, pair.value));
            }
            let value = formatted(&pair.value).unwrap_or_else(|| {
                refusals.push(format!("{at}: header {} has a bare % in {:?}", pair.key, pair.value));
                pair.value.clone()
            });
            add.push((pair.key.to_ascii_lowercase(), value, header.append.unwrap_or(true)));
        }
        Self { remove: request_headers_to_remove.iter().map(|name| name.to_ascii_lowercase()).collect(), add }
    }

    pub(crate) fn apply(&self, headers: &mut Headers) {
        let Self { remove, add } = self;
        for name in remove {
            headers.remove(name);
        }
        for (name, value, append) in add {
            // An empty value is not added, and does not overwrite.
            if value.is_empty() {
                continue;
            }
            let value = value.trim_matches([' ', '\t']).to_owned();
            if *append {
                headers.entry(name.clone()).or_default().push(value);
            } else {
                headers.insert(name.clone(), vec![value]);
            }
        }
    }
}

/// What Envoy's formatter makes of a value; `None` where it is no format. What it evaluates stands in `«»`.
fn formatted(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        rest = match after.strip_prefix('%') {
            Some(plain) => {
                text.push('%');
                plain
            }
            None => {
                let (command, after) = after.split_once('%')?;
                let name = command.split('(').next().unwrap_or(command);
                let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
                if name.is_empty() || !name.bytes().all(known) {
                    return None;
                }
                text.push('«');
                text.push_str(command);
                text.push('»');
                after
            }
        };
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::formatted;

    #[test]
    fn percent_signs_are_command_operators() {
        assert_eq!(formatted("100%%").as_deref(), Some("100%"));
        assert_eq!(formatted("%ENVIRONMENT(HOME)%").as_deref(), Some("«ENVIRONMENT(HOME)»"));
        assert_eq!(formatted("100%"), None);
        assert_eq!(formatted("%%%%").as_deref(), Some("%%"));
        assert_eq!(formatted("%%%"), None);
    }
}
