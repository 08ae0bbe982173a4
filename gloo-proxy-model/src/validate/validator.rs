use std::fmt::{Display, Write};

use super::limits::ValidationLimits;
use super::violation::{Violation, ViolationKind};
use crate::ProtoDuration;
use crate::regex::re2_check;
use crate::validate_path;

/// The longest duration that Envoy accepts (measured with 1.40).
const LONGEST: ProtoDuration = ProtoDuration::from_nanos(9_223_372_035_999_999_999);

/// A step of the path to a field.
#[derive(Clone, Copy)]
enum Step<'p> {
    Field(&'static str),
    Index(usize),
    Key(&'p str),
}

/// Walks a Proxy, keeps the path of the current field and collects the violations. The path becomes text only for a violation.
pub(super) struct Validator<'p> {
    pub(super) limits: &'p ValidationLimits,
    path: Vec<Step<'p>>,
    violations: Vec<Violation>,
}

impl<'p> Validator<'p> {
    pub(super) fn new(limits: &'p ValidationLimits) -> Self {
        Self { limits, path: Vec::new(), violations: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Violation> {
        self.violations
    }

    fn within(&mut self, step: Step<'p>, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    /// Checks a field of the current message.
    pub(super) fn field(&mut self, name: &'static str, check: impl FnOnce(&mut Self)) {
        self.within(Step::Field(name), check);
    }

    /// Checks a field of the current message if it is set.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        value: Option<&'p T>,
        check: impl FnOnce(&mut Self, &'p T),
    ) {
        if let Some(value) = value {
            self.field(name, |at| check(at, value));
        }
    }

    /// Checks every element of a list.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        list: &'p [T],
        mut check: impl FnMut(&mut Self, &'p T),
    ) {
        self.field(name, |at| {
            for (index, element) in list.iter().enumerate() {
                at.within(Step::Index(index), |at| check(at, element));
            }
        });
    }

    /// Checks every value of a map.
    pub(super) fn each_entry<T: 'p>(
        &mut self,
        name: &'static str,
        entries: impl IntoIterator<Item = (&'p String, &'p T)>,
        mut check: impl FnMut(&mut Self, &'p T),
    ) {
        self.field(name, |at| {
            for (key, value) in entries {
                at.within(Step::Key(key), |at| check(at, value));
            }
        });
    }

    /// Reports the current field.
    pub(super) fn report(&mut self, kind: ViolationKind, message: impl Display) {
        self.violations.push(Violation { path: self.path(), kind, message: message.to_string() });
    }

    /// Reports an element of a list of the current message.
    pub(super) fn report_element(
        &mut self,
        name: &'static str,
        index: usize,
        kind: ViolationKind,
        message: impl Display,
    ) {
        self.field(name, |at| at.within(Step::Index(index), |at| at.report(kind, message)));
    }

    /// The path of the current field, such as `spec.listeners[0].bindPort`.
    pub(super) fn path(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            let separator = if text.is_empty() { "" } else { "." };
            // Writing to a String can't fail.
            let _ = match step {
                Step::Field(name) => write!(text, "{separator}{name}"),
                Step::Index(index) => write!(text, "[{index}]"),
                Step::Key(key) => write!(text, "{separator}{key}"),
            };
        }
        text
    }

    /// A text without characters that Envoy refuses in header names and values, hosts and the like.
    pub(super) fn one_line(&mut self, text: &str) {
        if text.contains(['\r', '\n', '\0']) {
            self.report(
                ViolationKind::InvalidText,
                format_args!("invalid text {text:?}: expected no CR, LF or NUL"),
            );
        }
    }

    /// A text of at most this many bytes.
    pub(super) fn at_most(&mut self, bytes: usize, text: &str) {
        if text.len() > bytes {
            let found = text.len();
            self.report(
                ViolationKind::InvalidText,
                format_args!("invalid length of {found} bytes: expected at most {bytes}"),
            );
        }
    }

    pub(super) fn not_empty(&mut self, text: &str) {
        if text.is_empty() {
            self.report(ViolationKind::MissingValue, "missing value: expected a non-empty text");
        }
    }

    pub(super) fn regex(&mut self, pattern: &str) {
        self.regex_within(pattern, self.limits.max_program_size);
    }

    pub(super) fn regex_within(&mut self, pattern: &str, limit: u32) {
        if let Err(error) = re2_check(pattern, limit) {
            self.report(
                ViolationKind::InvalidRegex,
                format_args!("invalid regular expression {pattern:?}: {error}"),
            );
        }
    }

    /// A duration that is neither negative nor too long for Envoy.
    pub(super) fn duration(&mut self, name: &'static str, duration: Option<&'p ProtoDuration>) {
        self.optional(name, duration, |at, duration| {
            if *duration < ProtoDuration::ZERO {
                at.report(
                    ViolationKind::InvalidNumber,
                    format_args!("invalid duration {duration}: expected at least 0s"),
                );
            } else if *duration > LONGEST {
                at.report(
                    ViolationKind::InvalidNumber,
                    format_args!("invalid duration {duration}: expected at most {LONGEST}"),
                );
            }
        });
    }

    /// A path that [`validate_path`] accepts.
    pub(super) fn url_path(&mut self, path: &str) {
        if let Err(error) = validate_path(path) {
            self.report(ViolationKind::ProcessingError, format_args!("invalid path {path:?}: {error}"));
        }
    }
}
