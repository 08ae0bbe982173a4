//! Walks an expression, refuses what RE2 doesn't support and adds up the instructions of its parts.

use regex_syntax::ast::{
    Alternation, AssertionKind, Ast, Concat, Flag, Flags, FlagsItemKind, Group, GroupKind, Repetition,
    RepetitionKind, RepetitionRange,
};

use super::class::{self, Mode, check_literal};
use super::error::RegexError;

/// RE2's limit for one repetition, and for the product of nested ones.
const MAX_REPETITION: u32 = 1000;

/// The instructions of a whole expression.
pub(super) fn cost(ast: &Ast) -> Result<u32, RegexError> {
    Walk { mode: Mode::default(), repeated: 1 }.cost(ast)
}

struct Walk {
    mode: Mode,
    /// The product of the counts of the repetitions around the current part.
    repeated: u32,
}

impl Walk {
    fn cost(&mut self, ast: &Ast) -> Result<u32, RegexError> {
        match ast {
            Ast::Empty(_) => Ok(1),
            Ast::Flags(flags) => {
                self.set_flags(&flags.flags)?;
                Ok(1)
            }
            Ast::Literal(literal) => Ok(class::cost_of_char(check_literal(literal)?, self.mode)),
            Ast::Dot(_) => Ok(class::cost_of_dot(self.mode)),
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => Ok(1),
                // In RE2 these are literal characters.
                AssertionKind::WordBoundaryStartAngle | AssertionKind::WordBoundaryEndAngle => Ok(1),
                AssertionKind::WordBoundaryStart
                | AssertionKind::WordBoundaryEnd
                | AssertionKind::WordBoundaryStartHalf
                | AssertionKind::WordBoundaryEndHalf => {
                    Err(RegexError::Unsupported("word boundaries except \\b and \\B"))
                }
            },
            Ast::ClassUnicode(unicode) => class::cost_of(&class::unicode(unicode, self.mode)?),
            Ast::ClassPerl(perl) => class::cost_of(&class::perl(perl, self.mode)),
            Ast::ClassBracketed(bracketed) => class::cost_of(&class::bracketed(bracketed, self.mode)?),
            Ast::Repetition(repetition) => self.cost_of_repetition(repetition),
            Ast::Group(group) => self.cost_of_group(group),
            Ast::Alternation(alternation) => self.cost_of_alternation(alternation),
            Ast::Concat(concat) => self.cost_of_concat(concat),
        }
    }

    fn cost_of_concat(&mut self, Concat { asts, .. }: &Concat) -> Result<u32, RegexError> {
        asts.iter().try_fold(0, |sum: u32, ast| Ok(sum.saturating_add(self.cost(ast)?)))
    }

    /// Each branch may need a jump in addition to its instructions.
    fn cost_of_alternation(&mut self, Alternation { asts, .. }: &Alternation) -> Result<u32, RegexError> {
        asts.iter().try_fold(0, |sum: u32, ast| Ok(sum.saturating_add(self.cost(ast)?).saturating_add(1)))
    }

    fn cost_of_group(&mut self, Group { kind, ast, .. }: &Group) -> Result<u32, RegexError> {
        let outside = self.mode;
        let capture = match kind {
            GroupKind::CaptureIndex(_) => 2,
            GroupKind::CaptureName { name, .. } => {
                if !name.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    return Err(RegexError::Unsupported(
                        "group names other than letters, digits and underscores",
                    ));
                }
                2
            }
            GroupKind::NonCapturing(flags) => {
                self.set_flags(flags)?;
                0
            }
        };
        let cost = self.cost(ast)?;
        self.mode = outside;
        Ok(cost.saturating_add(capture))
    }

    fn cost_of_repetition(&mut self, Repetition { op, ast, .. }: &Repetition) -> Result<u32, RegexError> {
        if matches!(**ast, Ast::Repetition(_)) {
            return Err(RegexError::Unsupported("a repetition of a repetition without a group"));
        }
        // A single character is repeated with one jump back. A part that may be empty needs a guard against endless loops.
        let one_character = matches!(
            **ast,
            Ast::Literal(_) | Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_)
        );
        let endless = if one_character { 2 } else { 5 };
        // The number of copies of the repeated part, and of jumps between them.
        let (copies, jumps) = match &op.kind {
            RepetitionKind::ZeroOrOne => (1, 2),
            RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => (1, endless),
            RepetitionKind::Range(RepetitionRange::Exactly(count)) => (*count, 0),
            RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, endless),
            RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => {
                (*most, most.saturating_sub(*least).saturating_mul(2))
            }
        };
        let outside = self.repeated;
        self.repeated = outside.saturating_mul(copies.max(1));
        if self.repeated > MAX_REPETITION {
            return Err(RegexError::Unsupported("repetitions of more than 1000, nested ones multiplied"));
        }
        let cost = self.cost(ast)?;
        self.repeated = outside;
        Ok(cost.saturating_mul(copies.max(1)).saturating_add(jumps))
    }

    fn set_flags(&mut self, flags: &Flags) -> Result<(), RegexError> {
        let mut on = true;
        for item in &flags.items {
            match item.kind {
                FlagsItemKind::Negation => on = false,
                FlagsItemKind::Flag(Flag::CaseInsensitive) => self.mode.ignore_case = on,
                FlagsItemKind::Flag(Flag::DotMatchesNewLine) => self.mode.dot_matches_newline = on,
                FlagsItemKind::Flag(Flag::MultiLine | Flag::SwapGreed) => {}
                FlagsItemKind::Flag(Flag::Unicode | Flag::CRLF | Flag::IgnoreWhitespace) => {
                    return Err(RegexError::Unsupported("flags except i, m, s and U"));
                }
            }
        }
        Ok(())
    }
}
