//! Characters and sets of characters, and the number of instructions that RE2 needs for their UTF-8.

use regex_syntax::ast::{
    ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem,
    ClassUnicode as AstUnicode, ClassUnicodeKind, HexLiteralKind, Literal, LiteralKind,
};
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, HirKind};
use regex_syntax::utf8::Utf8Sequences;

use super::error::RegexError;

/// The flags that change the size of a program. `m` and `U` don't.
#[derive(Clone, Copy, Default)]
pub(super) struct Mode {
    pub(super) ignore_case: bool,
    pub(super) dot_matches_newline: bool,
}

fn set(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)))
}

/// The character of a literal, if RE2 supports its syntax.
pub(super) fn check_literal(literal: &Literal) -> Result<char, RegexError> {
    match literal.kind {
        LiteralKind::Verbatim | LiteralKind::Meta | LiteralKind::Special(_) | LiteralKind::Superfluous => {
            Ok(literal.c)
        }
        LiteralKind::Octal => Err(RegexError::Unsupported("octal escapes")),
        LiteralKind::HexFixed(HexLiteralKind::X) | LiteralKind::HexBrace(HexLiteralKind::X) => {
            if literal.c > '\u{FF}' {
                Err(RegexError::Unsupported("escapes past \\x{FF}"))
            } else {
                Ok(literal.c)
            }
        }
        LiteralKind::HexFixed(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong)
        | LiteralKind::HexBrace(HexLiteralKind::UnicodeShort | HexLiteralKind::UnicodeLong) => {
            Err(RegexError::Unsupported("the escapes \\u and \\U"))
        }
    }
}

/// The instructions of one character.
pub(super) fn cost_of_char(char: char, mode: Mode) -> u32 {
    let exact = u32::try_from(char.len_utf8()).unwrap_or(4);
    if !mode.ignore_case {
        return exact;
    }
    let mut class = set(&[(char, char)]);
    fold_case(&mut class);
    // For an ASCII letter in both cases RE2 has one instruction with a flag.
    if class.ranges().iter().all(|range| range.end().is_ascii()) { 1 } else { cost_of_ranges(&class) }
}

/// The instructions of `.`
pub(super) fn cost_of_dot(mode: Mode) -> u32 {
    let mut class = set(&[]);
    if !mode.dot_matches_newline {
        class = set(&[('\n', '\n')]);
    }
    class.negate();
    cost_of_ranges(&class)
}

/// The instructions of a set.
pub(super) fn cost_of(class: &ClassUnicode) -> Result<u32, RegexError> {
    Ok(cost_of_ranges(class).max(1))
}

fn cost_of_ranges(class: &ClassUnicode) -> u32 {
    class.ranges().iter().map(|range| cost_of_range(range.start(), range.end())).fold(0, u32::saturating_add)
}

fn cost_of_range(first: char, last: char) -> u32 {
    // RE2 needs six instructions for all characters that are not ASCII.
    if last == char::MAX && first <= '\u{80}' {
        return if first < '\u{80}' { 7 } else { 6 };
    }
    let lengths = Utf8Sequences::new(first, last).map(|sequence| u32::try_from(sequence.len()).unwrap_or(4));
    lengths.fold(0, u32::saturating_add)
}

fn fold_case(class: &mut ClassUnicode) {
    // Fails only if regex-syntax is built without its tables; then characters have no other case.
    let _ = class.try_case_fold_simple();
}

/// As in RE2, the other cases are added before the set is negated.
fn finish(class: &mut ClassUnicode, negated: bool, mode: Mode) {
    if mode.ignore_case {
        fold_case(class);
    }
    if negated {
        class.negate();
    }
}

/// The set of `\d`, `\s`, `\w` and their opposites: ASCII in RE2.
pub(super) fn perl(perl: &ClassPerl, mode: Mode) -> ClassUnicode {
    let mut class = match perl.kind {
        ClassPerlKind::Digit => set(&[('0', '9')]),
        ClassPerlKind::Space => set(&[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')]),
        ClassPerlKind::Word => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
    };
    finish(&mut class, perl.negated, mode);
    class
}

fn ascii(ascii: &ClassAscii, mode: Mode) -> ClassUnicode {
    let mut class = match ascii.kind {
        ClassAsciiKind::Alnum => set(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
        ClassAsciiKind::Alpha => set(&[('A', 'Z'), ('a', 'z')]),
        ClassAsciiKind::Ascii => set(&[('\0', '\x7F')]),
        ClassAsciiKind::Blank => set(&[('\t', '\t'), (' ', ' ')]),
        ClassAsciiKind::Cntrl => set(&[('\0', '\x1F'), ('\x7F', '\x7F')]),
        ClassAsciiKind::Digit => set(&[('0', '9')]),
        ClassAsciiKind::Graph => set(&[('!', '~')]),
        ClassAsciiKind::Lower => set(&[('a', 'z')]),
        ClassAsciiKind::Print => set(&[(' ', '~')]),
        ClassAsciiKind::Punct => set(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        ClassAsciiKind::Space => set(&[('\t', '\r'), (' ', ' ')]),
        ClassAsciiKind::Upper => set(&[('A', 'Z')]),
        ClassAsciiKind::Word => set(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        ClassAsciiKind::Xdigit => set(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
    };
    finish(&mut class, ascii.negated, mode);
    class
}

/// The general categories that RE2 supports, by their names in RE2.
const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
    "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

/// The set of `\pL` and the like.
pub(super) fn unicode(unicode: &AstUnicode, mode: Mode) -> Result<ClassUnicode, RegexError> {
    let name = match &unicode.kind {
        ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
        ClassUnicodeKind::Named(name) => name.clone(),
        ClassUnicodeKind::NamedValue { .. } => String::new(),
    };
    let unknown = RegexError::Unsupported("Unicode classes except the general categories");
    if !CATEGORIES.contains(&name.as_str()) {
        return Err(unknown);
    }
    match regex_syntax::parse(&format!("\\p{{{name}}}")).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(regex_syntax::hir::Class::Unicode(mut class))) => {
            finish(&mut class, unicode.is_negated(), mode);
            Ok(class)
        }
        _ => Err(unknown),
    }
}

/// The set of `[…]`.
pub(super) fn bracketed(bracketed: &ClassBracketed, mode: Mode) -> Result<ClassUnicode, RegexError> {
    let mut class = set(&[]);
    match &bracketed.kind {
        ClassSet::Item(item) => add(&mut class, item, mode)?,
        ClassSet::BinaryOp(_) => {
            return Err(RegexError::Unsupported("operators within a class (&&, --, ~~)"));
        }
    }
    finish(&mut class, bracketed.negated, mode);
    Ok(class)
}

fn add(class: &mut ClassUnicode, item: &ClassSetItem, mode: Mode) -> Result<(), RegexError> {
    match item {
        ClassSetItem::Empty(_) => {}
        ClassSetItem::Literal(literal) => {
            let char = check_literal(literal)?;
            class.union(&set(&[(char, char)]));
        }
        ClassSetItem::Range(range) => {
            class.union(&set(&[(check_literal(&range.start)?, check_literal(&range.end)?)]));
        }
        ClassSetItem::Ascii(named) => class.union(&ascii(named, mode)),
        ClassSetItem::Unicode(named) => class.union(&unicode(named, mode)?),
        ClassSetItem::Perl(named) => class.union(&perl(named, mode)),
        ClassSetItem::Bracketed(_) => return Err(RegexError::Unsupported("a class within a class")),
        ClassSetItem::Union(items) => {
            let hyphens = items.items.iter().filter(|item| is_bare_hyphen(item)).count();
            if hyphens > 1 {
                // RE2 reads some of them as ranges, this parser doesn't.
                return Err(RegexError::Unsupported("several bare hyphens in a class"));
            }
            for item in &items.items {
                add(class, item, mode)?;
            }
        }
    }
    Ok(())
}

fn is_bare_hyphen(item: &ClassSetItem) -> bool {
    matches!(item, ClassSetItem::Literal(literal) if literal.kind == LiteralKind::Verbatim && literal.c == '-')
}
