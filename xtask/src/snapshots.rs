//! Everything that tests compare with a file, written anew.

use crate::process::{Failure, cargo, run};

/// The tests that hold snapshots, pages and seeds to the code. `INSTA_UPDATE=force` is insta's word for writing; the
/// tests of pages and seeds, which are no snapshots, take it for theirs.
pub(crate) fn regenerate() -> Result<(), Failure> {
    // The whole workspace with all features, so that what `cargo test` has built is what runs.
    run(cargo()
        .args(["test", "-q", "--workspace", "--all-features"])
        .args(["--test", "golden", "--test", "definitions", "--test", "snapshots"])
        .args(["--test", "documents", "--test", "readme_table", "--test", "seeds"])
        .args(["--test", "explain", "--test", "cli_errors", "--test", "ask", "--test", "secrets"])
        .env("INSTA_UPDATE", "force"))
}
