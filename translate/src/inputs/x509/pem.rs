//! PEM as all readers understand it. Go's reader is lenient and BoringSSL's is not, and the two differ in what they skip.

use der::pem::{self, Decoder};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// BoringSSL reads no more of a line at once, and takes the rest for the next line.
const LONGEST_LINE: usize = 253;

/// A block: what stands between `BEGIN` and `END`.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("no PEM: expected `-----BEGIN …-----` at the beginning of a line")]
    None,
    #[error("line {line}: {fault}")]
    Line { line: usize, fault: LineFault },
    #[error("PEM block {number}: encrypted: expected a key without a password")]
    Encrypted { number: usize },
    #[error("PEM block {number}: {error}")]
    Block { number: usize, error: pem::Error },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LineFault {
    #[error("a control character: expected text")]
    Control,
    #[error("too long: expected at most {LONGEST_LINE} characters")]
    TooLong,
    #[error("`-----BEGIN` or `-----END` out of place: expected it at the beginning of a line, each in turn")]
    Boundary,
}

/// The blocks of `text`, in order. What stands around them is skipped, as everybody does.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, Fault> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let at = |fault| Fault::Line { line: index.saturating_add(1), fault };
        // All readers do, and some editors leave them.
        let line = line.trim_end_matches([' ', '\t', '\r']);
        if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
            return Err(at(LineFault::Control));
        }
        let is_boundary = line.contains("-----BEGIN") || line.contains("-----END");
        // Nothing can hide in base64, however long the line is.
        if line.len() > LONGEST_LINE && (is_boundary || open.is_none()) {
            return Err(at(LineFault::TooLong));
        }
        let (begins, ends) = (line.starts_with(BEGIN), line.starts_with(END));
        match &mut open {
            // Any text, but for what somebody else could take for a boundary.
            None if !is_boundary => continue,
            None if begins => open = Some(format!("{line}\n")),
            Some(block) if ends || !is_boundary => {
                block.push_str(line);
                block.push('\n');
            }
            None | Some(_) => return Err(at(LineFault::Boundary)),
        }
        if ends {
            let number = blocks.len().saturating_add(1);
            blocks.push(decode(&open.take().unwrap_or_default(), number)?);
        }
    }
    if open.is_some() {
        let line = text.lines().count();
        return Err(Fault::Line { line, fault: LineFault::Boundary });
    }
    if blocks.is_empty() { Err(Fault::None) } else { Ok(blocks) }
}

fn decode(block: &str, number: usize) -> Result<Block, Fault> {
    if block.contains("\nProc-Type:") {
        return Err(Fault::Encrypted { number });
    }
    let failed = |error| Fault::Block { number, error };
    let mut decoder = Decoder::new_detect_wrap(block.as_bytes()).map_err(failed)?;
    let mut der = Vec::new();
    decoder.decode_to_end(&mut der).map_err(failed)?;
    Ok(Block { label: decoder.type_label().to_owned(), der })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "-----BEGIN A-----\nAAAA\n-----END A-----\n";

    fn fault(text: &str) -> String {
        blocks(text).map(|blocks| blocks.len()).unwrap_err().to_string()
    }

    #[test]
    fn line_before_a_block_is_as_long_as_everybody_reads_at_once() {
        let after = |length: usize| format!("{}\n{BLOCK}", "a".repeat(length));
        assert_eq!(blocks(&after(LONGEST_LINE)).unwrap().len(), 1);
        assert_eq!(
            fault(&after(LONGEST_LINE.saturating_add(1))),
            "line 1: too long: expected at most 253 characters"
        );
    }

    #[test]
    fn block_within_a_block_is_told_with_its_line() {
        let boundary =
            "`-----BEGIN` or `-----END` out of place: expected it at the beginning of a line, each in turn";
        let within = format!("-----BEGIN B-----\nAAAA\n{BLOCK}-----END B-----\n");
        assert_eq!(fault(&within), format!("line 3: {boundary}"));
        assert_eq!(fault(&BLOCK.replace("AAAA", "AAAA -----END A-----")), format!("line 2: {boundary}"));
    }
}
