//! `knative-gloo translate`: files of Ingresses in, both Proxies and the diagnostics out.

use knative_gloo_translate::{Code, Outcome};

use crate::Status;
use crate::arguments::Translate;
use crate::input::Input;
use crate::output::{self, Failure, say};

/// Both Proxies; the diagnostics go to standard error.
pub(crate) fn run(arguments: &Translate) -> Result<(String, Status), Failure> {
    let Translate { input, output } = arguments;
    let loaded = Input::load(&input.files, &input.services)?;
    let translation = loaded.translate(&input.apply_to(loaded.options()));
    let mut status = Status::Good;
    for report in &translation.reports {
        for diagnostic in &report.diagnostics {
            // Said already, with the files and lines of both.
            if diagnostic.code != Code::Replaced {
                say(diagnostic.severity.as_str(), &format!("{}: {diagnostic}", report.ingress));
            }
        }
        match report.outcome {
            Outcome::Rejected => status = Status::Bad,
            Outcome::Translated | Outcome::Skipped => {}
        }
    }
    let text = output::proxies(*output, &translation).map_err(|error| Failure::new(error.to_string()))?;
    Ok((text, status))
}
