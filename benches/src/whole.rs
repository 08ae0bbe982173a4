//! What a program does with all Ingresses at once, from JSON to JSON.

use std::{error::Error, hint::black_box};

use knative_gloo_translate::{Gateway, Options, Translation, translate_to_json};
use knative_ingress_model::{Ingress, ParseIngressError};
use serde_json::Value;

use crate::mix::Mix;

/// Ingresses, and each as JSON.
#[derive(Debug)]
pub struct Input {
    /// The Ingresses.
    pub ingresses: Vec<Ingress>,
    /// Each of them as an API server would send it.
    pub documents: Vec<Vec<u8>>,
}

impl Input {
    /// The first `count` Ingresses of `mix`.
    ///
    /// # Errors
    ///
    /// When one of them can't be written as JSON.
    pub fn new(mix: &Mix, count: usize) -> serde_json::Result<Self> {
        let ingresses = mix.ingresses(count);
        let documents = ingresses.iter().map(serde_json::to_vec).collect::<Result<_, _>>()?;
        Ok(Self { ingresses, documents })
    }

    /// Bytes of JSON.
    pub fn bytes(&self) -> usize {
        self.documents.iter().map(Vec::len).sum()
    }
}

/// The reference that everything else is measured by: `serde_json` reads the documents into a [`Value`] each, one at a time.
///
/// # Errors
///
/// When one of them is no JSON.
pub fn reference(documents: &[Vec<u8>]) -> serde_json::Result<()> {
    for document in documents {
        black_box(serde_json::from_slice::<Value>(document)?);
    }
    Ok(())
}

/// Reads the documents.
///
/// # Errors
///
/// When one of them is no Ingress.
pub fn parse(documents: &[Vec<u8>]) -> Result<Vec<Ingress>, ParseIngressError> {
    documents.iter().map(|document| Ingress::from_json(document)).collect()
}

/// Writes both Proxies after each other into `buffer`, in the place of what it holds.
///
/// # Errors
///
/// When one of them can't be written as JSON.
pub fn serialise(translation: &Translation, buffer: &mut Vec<u8>) -> serde_json::Result<()> {
    buffer.clear();
    for gateway in Gateway::ALL {
        serde_json::to_writer(&mut *buffer, translation.proxy(gateway))?;
    }
    Ok(())
}

/// From the documents to both Proxies in JSON, after each other in `buffer`, what is made on the way and dropped again included. Each Ingress is read,
/// looked at and dropped before the next.
///
/// # Errors
///
/// When a document is no Ingress.
pub fn json_to_json(
    documents: &[Vec<u8>],
    options: &Options,
    buffer: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    let mut fault = None;
    let parsed = |document: &Vec<u8>| Ingress::from_json(document).map_err(|error| fault = Some(error)).ok();
    let translation = translate_to_json(documents.iter().map_while(parsed), options)?;
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    buffer.clear();
    for gateway in Gateway::ALL {
        translation.write(gateway, buffer)?;
    }
    Ok(())
}
