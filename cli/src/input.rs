//! Files and standard input, and how they are translated.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use knative_gloo_manifests::Limits;
use knative_gloo_translate::{Options, Translation, translate};

use crate::objects::{Objects, any_class};
use crate::output::{Failure, say};

/// What the files hold.
pub(crate) struct Input {
    pub(crate) objects: Objects,
    /// Whether files of Services were named: then the Services are known, even if there are none.
    services_given: bool,
}

impl Input {
    /// Reads all files, and warns of what they hold that is not used.
    pub(crate) fn load(files: &[PathBuf], services: &[PathBuf]) -> Result<Self, Failure> {
        Self::read(Objects::default(), files, services)
    }

    /// As [`load`](Self::load), keeping where each field of an Ingress stands.
    pub(crate) fn load_with_locations(files: &[PathBuf], services: &[PathBuf]) -> Result<Self, Failure> {
        let mut objects = Objects::default();
        objects.documents = Some(HashMap::new());
        Self::read(objects, files, services)
    }

    fn read(mut objects: Objects, files: &[PathBuf], services: &[PathBuf]) -> Result<Self, Failure> {
        if files.iter().chain(services).filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::new("standard input (`-`) can be read only once"));
        }
        files.iter().for_each(|file| add_file(&mut objects, file));
        objects.only_services = true;
        services.iter().for_each(|file| add_file(&mut objects, file));
        objects.warnings.iter().for_each(|warning| say("warning", warning));
        if !objects.errors.is_empty() {
            return Err(Failure::all(objects.errors));
        }
        if objects.ingresses.is_empty() {
            say("warning", "there is no Knative Ingress in the input");
        }
        Ok(Self { objects, services_given: !services.is_empty() })
    }

    /// `options` with the Services and the Secrets of the input, where they are known.
    pub(crate) fn with_objects(&self, mut options: Options) -> Options {
        let Self { objects: Objects { services, secrets, .. }, services_given } = self;
        if *services_given || !services.is_empty() {
            options = options.with_services(services.iter().collect());
        }
        if !secrets.is_empty() {
            options = options.with_secrets(secrets.iter().cloned().collect());
        }
        options
    }

    /// The options that the input gives; of any class unless it names one.
    pub(crate) fn options(&self) -> Options {
        self.with_objects(self.objects.options.clone().unwrap_or_else(any_class))
    }

    pub(crate) fn translate(&self, options: &Options) -> Translation {
        translate(&self.objects.ingresses, options)
    }
}

fn add_file(objects: &mut Objects, file: &Path) {
    match read_file(file) {
        Ok((name, bytes)) => objects.add(&name, &bytes, &Limits::default()),
        Err(error) => objects.errors.push(error),
    }
}

/// The name of a file, and what it holds.
pub(crate) fn read_file(file: &Path) -> Result<(String, Vec<u8>), String> {
    let limits = Limits::default();
    let (name, bytes) = if is_stdin(file) {
        ("standard input".to_owned(), read_limited(&mut io::stdin().lock(), &limits))
    } else {
        let bytes = File::open(file).and_then(|mut file| read_limited(&mut file, &limits));
        (file.to_string_lossy().into_owned(), bytes)
    };
    bytes.map(|bytes| (name.clone(), bytes)).map_err(|error| format!("{name}: {error}"))
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// At most one byte more than the limit, which is enough to refuse it.
fn read_limited(source: &mut dyn Read, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
