//! The page that is generated from the code (`cargo xtask regenerate`), and pages that must match it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use knative_gloo_translate::{Code, Options, Severity};

#[test]
fn diagnostics_page_matches_the_code() {
    let mut page = String::from(
        "# Diagnostics\n\n\
         Every diagnostic that a report can contain, by its code. The codes are stable. A diagnostic is printed as\n\
         `error: namespace/name: field.path: message [code]`.\n\n\
         With an **error** the Ingress is rejected: it is not served. With a **warning** it is served. An **info** says that the\n\
         Ingress is not translated, as it is of another class.\n\n\
         Generated from `translate/src/diagnostics/code.rs` by `cargo xtask regenerate`.\n",
    );
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        write!(page, "\n## {}\n", ["Errors", "Warnings", "Infos"][severity as usize]).unwrap();
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            write!(page, "\n### `{code}`\n\n").unwrap();
            for line in code.explanation().lines() {
                writeln!(page, "{}", line.trim()).unwrap();
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide/diagnostics.md");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "guide/diagnostics.md differs from the code: run cargo xtask regenerate"
    );
}

#[test]
fn diagnostic_codes_are_unique() {
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words.len(), Code::ALL.len());
}

const OPTIONS: &str = include_str!("../guide/options.md");

/// The words in `text` that begin with `start`, each once.
fn words<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| word.strip_prefix(start).is_some_and(|rest| rest.starts_with(char::is_alphabetic)))
        .collect()
}

/// Proves that no field or method is missing from the chapter on options, and that it names none that is not.
#[test]
fn options_page_lists_every_option() {
    // `Debug` prints the fields as the code has them.
    let debug = format!("{:#?}", Options::default());
    let fields: BTreeSet<&str> = debug
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with(' '))
        // What a document says it is, which no option is.
        .filter(|name| !["api_version", "kind"].contains(name))
        .collect();
    assert!(fields.contains("regex_max_program_size"), "{fields:?}");
    let mut rows = BTreeSet::new();
    for row in OPTIONS.lines().filter_map(|line| line.strip_prefix("| `")) {
        rows.insert(row.split('`').next().unwrap());
    }
    assert_eq!(rows, fields);

    let methods = words(include_str!("../src/options/mod.rs"), "with_");
    assert_eq!(words(OPTIONS, "with_"), methods);
    assert_eq!(methods.len(), fields.len());
}

/// Proves that every link between the pages leads to a file that is there.
#[test]
fn documentation_links_resolve() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = vec![root.join("README.md")];
    for folder in
        fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).chain([root.join("translate/guide")])
    {
        let is_page = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "md");
        let Ok(files) = fs::read_dir(&folder) else { continue };
        pages.extend(files.map(|entry| entry.unwrap().path()).filter(is_page));
    }
    let mut wrong = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        let inline = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let defined =
            text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).map(|(_, to)| to);
        for link in inline.chain(defined).filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap();
            if !page.parent().unwrap().join(file).exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(pages.len() > 20, "{pages:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
