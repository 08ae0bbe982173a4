use std::fmt;

use crate::{Code, Severity};

/// What an Ingress's author should know about its translation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What kind it is; stable across releases.
    pub code: Code,
    /// The field, as `spec.rules[0].http.paths[1].splits[0].servicePort`. Indices are those of the object as given.
    pub path: String,
    /// What was found and what is wanted.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    /// `path: message [code]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity: _, code, path, message } = self;
        write!(f, "{path}: {message} [{code}]")
    }
}

/// The most diagnostics that are shown of one Ingress: a megabyte of it may have tens of thousands of faults.
const MAX_SHOWN: usize = 100;

/// The diagnostics of one Ingress: the first hundred of each kind, and how many more there are. Most Ingresses have none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diagnostics(Option<Box<Lists>>);

#[derive(Clone, Debug, Default)]
struct Lists {
    errors: Limited,
    /// Warnings and infos.
    others: Limited,
}

/// The first of a list, and how many more there are.
#[derive(Clone, Debug, Default)]
struct Limited {
    shown: Vec<Diagnostic>,
    hidden: usize,
}

impl Limited {
    fn push(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(diagnostic());
        } else {
            self.hidden = self.hidden.saturating_add(1);
        }
    }

    fn count(&self) -> usize {
        self.shown.len().saturating_add(self.hidden)
    }
}

impl Diagnostics {
    pub(crate) fn error(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Error, code, path, message);
    }

    pub(crate) fn warning(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Warning, code, path, message);
    }

    pub(crate) fn info(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Info, code, path, message);
    }

    fn push(&mut self, severity: Severity, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        let lists = self.0.get_or_insert_default();
        let list = match severity {
            Severity::Error => &mut lists.errors,
            Severity::Warning | Severity::Info => &mut lists.others,
        };
        list.push(|| Diagnostic { severity, code, path: path.to_string(), message: message.to_string() });
    }

    /// How many there are, those that are not shown included.
    pub(crate) fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |lists| lists.errors.count().saturating_add(lists.others.count()))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.as_ref().is_some_and(|lists| !lists.errors.shown.is_empty())
    }

    /// Those that are shown: errors first, then the warnings about `conflicts`, on which the status depends, then the others;
    /// and at the end how many more there are.
    pub(crate) fn shown_with_conflicts(&self, conflicts: &Self) -> Vec<Diagnostic> {
        if self.0.is_none() && conflicts.0.is_none() {
            return Vec::new();
        }
        let none = Lists::default();
        let Lists { errors, others } = self.0.as_deref().unwrap_or(&none);
        let conflicts = &conflicts.0.as_deref().unwrap_or(&none).others;
        let warnings = conflicts.shown.iter().chain(&others.shown);
        let mut shown: Vec<Diagnostic> =
            errors.shown.iter().chain(warnings).take(MAX_SHOWN).cloned().collect();
        let all_warnings = [conflicts, others];
        let warnings = all_warnings.iter().map(|list| list.count());
        let warnings: usize = warnings.fold(0, usize::saturating_add);
        let shown_warnings = shown.len().saturating_sub(errors.shown.len());
        let hidden_warnings = warnings.saturating_sub(shown_warnings);
        if errors.hidden > 0 || hidden_warnings > 0 {
            shown.push(Diagnostic {
                severity: Severity::Warning,
                code: Code::MoreDiagnostics,
                path: "spec".to_owned(),
                message: format!(
                    "{} more errors and {hidden_warnings} more warnings are not shown",
                    errors.hidden
                ),
            });
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_hundred_diagnostics_errors_first() {
        let mut diagnostics = Diagnostics::default();
        let mut conflicts = Diagnostics::default();
        for number in 0..150 {
            diagnostics.warning(Code::UnknownField, number, "w");
        }
        for number in 0..60 {
            diagnostics.error(Code::InvalidHost, number, "e");
            conflicts.warning(Code::DomainConflict, number, "c");
        }
        let shown = diagnostics.shown_with_conflicts(&conflicts);
        let codes: Vec<Code> = shown.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes.len(), 101);
        assert!(codes[..60].iter().all(|code| *code == Code::InvalidHost));
        assert!(codes[60..100].iter().all(|code| *code == Code::DomainConflict));
        assert_eq!(shown[100].message, "0 more errors and 170 more warnings are not shown");
        for number in 0..1000 {
            diagnostics.error(Code::InvalidHost, number, "e");
        }
        let shown = diagnostics.shown_with_conflicts(&conflicts);
        assert_eq!((shown.len(), &*shown[99].path), (101, "39"));
        assert_eq!(shown[100].message, "960 more errors and 210 more warnings are not shown");
    }
}
