//! `knative-gloo completions` and `man`: what shells and manuals know is the whole command.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

mod support;

use support::run;

/// Proves that the script of each shell knows the subcommands, an option and the names of dialects.
#[test]
fn completions_contain_every_subcommand() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = run(&["completions", shell], b"");
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{shell}");
        for word in ["translate", "ask", "explain", "cluster-domain"] {
            assert!(outcome.stdout.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"], b"").status, 2);
}

/// Proves that the man page has a section for each subcommand, with its options.
#[test]
fn man_page_contains_every_subcommand() {
    let outcome = run(&["man"], b"");
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains(".TH knative-gloo 1"), "{}", outcome.stdout);
    for section in ["TRANSLATE", "ASK", "EXPLAIN", "COMPLETIONS", "MAN"] {
        assert!(outcome.stdout.contains(&format!(".SH KNATIVE\\-GLOO {section}\n")), "{section}");
    }
    assert!(outcome.stdout.contains("cluster\\-domain"), "{}", outcome.stdout);
}
