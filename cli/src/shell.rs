//! What shells and manuals know of the command, made from its definition.

use std::fmt::Write;

use clap::CommandFactory;

use crate::Status;
use crate::arguments::{Arguments, Completions};
use crate::output::Failure;

/// A completion script.
pub(crate) fn completions(arguments: &Completions) -> String {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "knative-gloo", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The man page of the command, with a section for each subcommand.
pub(crate) fn man() -> Result<(String, Status), Failure> {
    let mut command = Arguments::command();
    command.build();
    let failed = |error: std::io::Error| Failure::new(format!("man page: {error}"));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    let mut text = String::from_utf8_lossy(&page).into_owned();
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let mut section = Vec::new();
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_synopsis_section(&mut section).map_err(failed)?;
        man.render_description_section(&mut section).map_err(failed)?;
        man.render_options_section(&mut section).map_err(failed)?;
        // Its sections become parts of one of its own.
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        let section = section.strip_prefix(".SH ").map_or(section.clone(), |rest| format!(".SS {rest}"));
        // Writing to a String can't fail.
        let _ = write!(text, ".SH KNATIVE\\-GLOO {}\n{section}", subcommand.get_name().to_uppercase());
    }
    Ok((text, Status::Good))
}
