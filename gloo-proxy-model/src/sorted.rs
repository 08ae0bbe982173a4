//! JSON with the keys of each object sorted, as Go writes a map, whatever order the fields are declared in.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::go_json::GoFormatter;

/// Writes `value` at the end of `out`, as Go does it, with sorted keys.
#[cfg(any(test, feature = "compress"))]
pub(crate) fn write_sorted(value: &impl Serialize, out: &mut Vec<u8>) -> serde_json::Result<()> {
    write_sorted_up_to(usize::MAX, value, out)
}

/// The same, but fails as soon as `out` would hold more than `most` bytes.
pub(crate) fn write_sorted_up_to(
    most: usize,
    value: &impl Serialize,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let json = RefCell::new(std::mem::take(out));
    let formatter = SortedFormatter { json: &json, open: Vec::new(), scratch: Vec::new() };
    let output = Output { json: &json, most };
    let result = value.serialize(&mut serde_json::Serializer::with_formatter(output, formatter));
    *out = json.into_inner();
    result
}

struct Output<'a> {
    json: &'a RefCell<Vec<u8>>,
    most: usize,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut json = self.json.borrow_mut();
        if json.len().saturating_add(bytes.len()) > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        json.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sorts the members of each object where they stand, as soon as the last of them is written.
struct SortedFormatter<'a> {
    json: &'a RefCell<Vec<u8>>,
    /// The members so far of each object that is being written, the innermost last.
    open: Vec<Vec<Member>>,
    scratch: Vec<u8>,
}

/// Where a member of an object stands in the JSON.
struct Member {
    key: Range<usize>,
    end: usize,
}

impl SortedFormatter<'_> {
    fn place(&self) -> usize {
        self.json.borrow().len()
    }

    fn last_member(&mut self) -> Option<&mut Member> {
        self.open.last_mut()?.last_mut()
    }
}

impl Formatter for SortedFormatter<'_> {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open.push(Vec::new());
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        let place = self.place();
        if let Some(members) = self.open.last_mut() {
            members.push(Member { key: place..place, end: place });
        }
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        let place = self.place();
        if let Some(member) = self.last_member() {
            member.key.end = place;
        }
        Ok(())
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        let place = self.place();
        if let Some(member) = self.last_member() {
            member.end = place;
        }
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let mut members = self.open.pop().unwrap_or_default();
        if let Some(first) = members.first().map(|member| member.key.start) {
            let mut json = self.json.borrow_mut();
            if !members.is_sorted_by(|a, b| is_before(&json, a, b)) {
                self.scratch.clear();
                self.scratch.extend_from_slice(json.get(first..).unwrap_or_default());
                members.sort_by_cached_key(|member| name(&json, member));
                json.truncate(first);
                for (place, Member { key, end }) in members.iter().enumerate() {
                    if place > 0 {
                        json.push(b',');
                    }
                    let member = key.start.saturating_sub(first)..end.saturating_sub(first);
                    json.extend_from_slice(self.scratch.get(member).unwrap_or_default());
                }
            }
        }
        writer.write_all(b"}")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        GoFormatter.write_string_fragment(writer, fragment)
    }
}

fn is_before(json: &[u8], a: &Member, b: &Member) -> bool {
    let plain = [a, b].map(|member| json.get(member.key.clone()).and_then(plain_name));
    match plain {
        [Some(a), Some(b)] => a <= b,
        [_, _] => name(json, a) <= name(json, b),
    }
}

/// What a key without escapes says.
fn plain_name(key: &[u8]) -> Option<&[u8]> {
    let name = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!name.contains(&b'\\')).then_some(name)
}

fn name(json: &[u8], member: &Member) -> Vec<u8> {
    let key = json.get(member.key.clone()).unwrap_or_default();
    match plain_name(key) {
        Some(name) => name.to_vec(),
        // What has just been written can be read.
        None => serde_json::from_slice(key).map(String::into_bytes).unwrap_or_default(),
    }
}

/// The same by way of a tree.
#[cfg(test)]
pub(crate) fn write_tree(value: &serde_json::Value, out: &mut Vec<u8>) {
    use serde_json::Value;

    use crate::go_json;

    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                go_json::write(name, &mut *out).unwrap();
                out.push(b':');
                write_tree(value, out);
            }
            out.push(b'}');
        }
        Value::Array(elements) => {
            out.push(b'[');
            for (place, element) in elements.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_tree(element, out);
            }
            out.push(b']');
        }
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            go_json::write(scalar, out).unwrap()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keys in any order, the same ones again, and such as are escaped.
    #[derive(Clone, Debug)]
    enum Node {
        Text(String),
        Number(i64),
        List(Vec<Node>),
        Object(Vec<(String, Node)>),
    }

    impl Serialize for Node {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Text(text) => text.serialize(serializer),
                Self::Number(number) => number.serialize(serializer),
                Self::List(list) => list.serialize(serializer),
                Self::Object(members) => {
                    serializer.collect_map(members.iter().map(|(key, value)| (key, value)))
                }
            }
        }
    }

    fn node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof!["[a<\" ]{0,3}".prop_map(Node::Text), any::<i64>().prop_map(Node::Number)];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let key = "[a-c!<\"\\\\\u{2028}é]{0,3}";
            let members = prop::collection::btree_map(key, inner.clone(), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Node::List),
                (members, any::<u64>()).prop_map(|(members, seed)| {
                    let mut members: Vec<_> = members.into_iter().collect();
                    // Any order will do, if it is another one each time.
                    members.sort_by_key(|(key, _)| {
                        key.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(seed | 1))
                    });
                    Node::Object(members)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn keys_are_sorted_at_every_depth(node in node()) {
            let mut out = b"before".to_vec();
            write_sorted(&node, &mut out).unwrap();
            let mut expected = b"before".to_vec();
            write_tree(&serde_json::to_value(&node).unwrap(), &mut expected);
            prop_assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(expected).unwrap());
        }
    }
}
