//! Memory: whatever a source holds, reading it stays within what `Limits` promises.
#![allow(clippy::panic, clippy::arithmetic_side_effects)]

use allocation_counter::measure;
use knative_gloo_manifests::{Limits, read};

/// Bytes at most for each byte of the source, as the documentation of `Limits` has it.
const PER_BYTE: u64 = 40;
/// Bytes at most for each byte of `Limits::alias_bytes`.
const PER_ALIAS_BYTE: u64 = 3;
/// Of each source; what is in use for the smallest source too is a twentieth of what is promised.
const SIZE: usize = 1 << 17;
const HEAD: &str = "apiVersion: v1\nkind: K\n";
const JSON_HEAD: &str = "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"v\":";

/// The most bytes that were in use at once while all objects were read and dropped.
fn peak(text: &str, limits: &Limits) -> (u64, usize, usize) {
    let (mut objects, mut errors) = (0_usize, 0_usize);
    let measured = measure(|| {
        for result in read("source", text.as_bytes(), limits) {
            match result {
                Ok(_) => objects += 1,
                Err(_) => errors += 1,
            }
        }
    });
    (measured.bytes_max, objects, errors)
}

/// `unit` in a row, to about the size of all sources here.
fn fill(unit: &str) -> String {
    unit.repeat(SIZE / unit.len())
}

/// Different keys of this length and what stands between them.
fn keys(separator: &str) -> String {
    let mut number = 0_u32;
    let mut text = String::new();
    while text.len() < SIZE {
        // Letters alone, so that no key is a number or a word of YAML.
        let letter =
            |shift: u32| char::from(b'g'.saturating_add(u8::try_from((number >> shift) & 15).unwrap_or(0)));
        text.extend([letter(16), letter(12), letter(8), letter(4), letter(0)]);
        text.push_str(separator);
        number += 1;
    }
    text
}

fn yaml_shapes(depth: usize) -> Vec<(&'static str, String)> {
    let inside = depth - 1;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(inside - 1), close.repeat(inside - 1));
    let flow = |content: String| format!("{HEAD}v: [{content}]\n");
    // Every level of a tower of this depth holds its part of the whole.
    let tower = |levels: usize, open: &str, content: &str, close: &str| {
        let part = content.repeat(SIZE / levels / content.len());
        format!("{HEAD}v: {}{}", format!("{open}{part}").repeat(levels), close.repeat(levels))
    };
    vec![
        ("empty items", format!("{HEAD}v:\n{}", fill("-\n"))),
        ("scalars in a line", flow(fill("a,"))),
        ("numbers", flow(fill("1,"))),
        ("floats", flow(fill(".5,"))),
        ("empty lists", flow(fill("[],"))),
        ("small lists", flow(fill("[a],"))),
        ("empty mappings", flow(fill("{},"))),
        ("small mappings", flow(fill("{a},"))),
        ("mappings of blocks", format!("{HEAD}v:\n{}", fill("- a:\n"))),
        ("lists to the depth", flow(format!("{},", nested("[", "]")).repeat(SIZE / (2 * inside)))),
        ("mappings to the depth", flow(format!("{},", nested("{a: ", "}")).repeat(SIZE / (5 * inside)))),
        ("lists full at every level", tower(inside, "[", "a,", "]")),
        ("lists of lists full at every level", tower(inside - 1, "[", "[a],", "]")),
        ("a mapping with many keys", format!("{HEAD}{}", keys(":\n"))),
        ("a mapping with many keys in a line", format!("{HEAD}v: {{{}}}\n", keys(","))),
        ("a long plain text", format!("{HEAD}v: {}\n", fill("x"))),
        ("a long quoted text", format!("{HEAD}v: \"{}\"\n", fill("\\n"))),
        ("a text that grows", format!("{HEAD}v: \"{}\"\n", fill("\\L"))),
        ("a block of text", format!("{HEAD}v: |\n{}", fill(" x\n"))),
        ("a folded text", format!("{HEAD}v: {}\n", fill("x\n "))),
        ("a long key", format!("{HEAD}? {}\n: 1\n", fill("x"))),
        ("anchors", flow(fill("&a b,"))),
        ("anchors of lists", flow(fill("&a [],"))),
        ("anchors to the depth", flow(format!("{},", nested("&a [", "]")).repeat(SIZE / (5 * inside)))),
        ("aliases", format!("{HEAD}a: &a b\nv: [{}]\n", fill("*a,"))),
        ("aliases of lists", format!("{HEAD}a: &a [b, c, d]\nv: [{}]\n", fill("*a,"))),
        ("aliases of aliases", {
            let stairs: String =
                (1..20).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}, *a{0}]\n", i - 1)).collect();
            format!("{HEAD}a0: &a0 x\n{stairs}v: {}\n", fill("x"))
        }),
        ("merge keys", format!("{HEAD}a: &a {{b: 1, c: 2}}\nv: [{}]\n", fill("{<<: *a},"))),
        ("merged mappings", flow(fill("{<<: {a: b}},"))),
        ("merge keys to the depth", tower(inside.saturating_sub(2).max(1), "{<<: [{a: b}], b: ", " ", "}")),
        ("empty documents", fill("---\n")),
        ("documents that are no objects", fill("--- a\n")),
        ("items that are no objects", fill("- a\n")),
        ("items of a List", format!("apiVersion: v1\nkind: KList\nitems:\n{}", fill("- a:\n"))),
        (
            "items of a List that are no objects",
            format!("apiVersion: v1\nkind: List\nitems:\n{}", fill("-\n")),
        ),
        ("one large item", format!("- apiVersion: v1\n  kind: K\n  v: [{}]\n", fill("a,"))),
        ("a syntax error at the end", format!("{HEAD}v: [{}", fill("a,"))),
        ("an unknown tag at the start", format!("{HEAD}u: !u 1\nv: [{}]", fill("a,"))),
        ("comments", format!("{HEAD}{}", fill("#\n"))),
    ]
}

fn json_shapes(depth: usize) -> Vec<(&'static str, String)> {
    let inside = depth - 1;
    let object = |content: String| format!("{JSON_HEAD}[{content}0]}}");
    let nested =
        |open: &str, close: &str| format!("{}0{},", open.repeat(inside - 1), close.repeat(inside - 1));
    vec![
        ("numbers", object(fill("0,"))),
        ("floats", object(fill("0.5,"))),
        ("texts", object(fill("\"\","))),
        ("empty arrays", object(fill("[],"))),
        ("empty objects", object(fill("{},"))),
        ("small objects", object(fill("{\"\":0},"))),
        ("lines of small objects", object(fill("{\"\":\n0},"))),
        ("arrays to the depth", object(nested("[", "]").repeat(SIZE / (2 * inside)))),
        ("objects to the depth", object(nested("{\"\":", "}").repeat(SIZE / (5 * inside)))),
        ("an object with many keys", format!("{JSON_HEAD}{{\"{}\":0}}}}", keys("\":0,\""))),
        ("a long text", format!("{JSON_HEAD}\"{}\"}}", fill("x"))),
        ("a long escaped text", format!("{JSON_HEAD}\"{}\"}}", fill("\\n"))),
        ("documents that are no objects", fill("{}")),
        ("empty documents", format!("[]{}", fill("null "))),
        ("items that are no objects", format!("[{}0]", fill("0,"))),
        ("one large item", format!("[{JSON_HEAD}[{}0]}}]", fill("0,"))),
        ("a syntax error at the end", format!("{JSON_HEAD}[{}", fill("0,"))),
        ("YAML that looks like JSON", format!("{{apiVersion: v1, kind: K, v: [{}]}}", fill("a,"))),
    ]
}

/// Checks one shape; what it takes for each byte of the source.
fn check(name: &str, text: &str, limits: &Limits) -> u64 {
    let (peak, objects, errors) = peak(text, limits);
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let has_aliases = text.contains("*a") || text.contains("<<");
    let alias_bytes = if has_aliases { limits.alias_bytes } else { 0 };
    let promised = PER_BYTE * size + PER_ALIAS_BYTE * u64::try_from(alias_bytes).unwrap_or(u64::MAX);
    println!("{name}: {size} bytes, peak {peak} ({} times), {objects} objects, {errors} errors", peak / size);
    assert!(peak <= promised, "{name}: {peak} bytes for a source of {size}, {promised} promised");
    assert!(objects + errors > 0 || name.contains("empty documents"), "{name}: nothing was read");
    peak / size
}

#[test]
fn peak_memory_is_a_small_multiple_of_the_source() {
    let mut most = 0;
    for depth in [3, 100, 120] {
        let limits = Limits::default().with_depth(depth).with_alias_bytes(1 << 20);
        for (name, text) in yaml_shapes(depth) {
            most = most.max(check(&format!("YAML, {name}, depth {depth}"), &text, &limits));
        }
        for (name, text) in json_shapes(depth) {
            most = most.max(check(&format!("JSON, {name}, depth {depth}"), &text, &limits));
        }
    }
    assert!(most >= PER_BYTE / 2, "{most} times at most: the promise of {PER_BYTE} says nothing");
}
