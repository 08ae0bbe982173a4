use std::io;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::Ingress;
use crate::go_json::{self, ControlEscapes};
use crate::go_value::View;

impl Ingress {
    /// The probe hash: SHA-256, in lower-case hex, of the spec as Go writes it, the namespace and the name.
    ///
    /// Knative computes it after [`set_defaults`](Self::set_defaults) and before [`insert_probe`](Self::insert_probe). Unknown fields
    /// and fields that the current API doesn't have don't count.
    /// Source: `ComputeHash` of knative/networking's `pkg/ingress`; SHA-256 since Knative 0.14.
    ///
    /// ```
    /// use knative_ingress_model::Ingress;
    ///
    /// let ingress = Ingress::from_json(br#"{"metadata": {"namespace": "ns", "name": "n"}}"#)?;
    /// assert_eq!(ingress.hash(), "e322e51a285043af0051871baa64f59b036ed3f02a12e0380f410fe46042daf0");
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn hash(&self) -> String {
        self.digest::<Sha256>(View::Current, ControlEscapes::Short)
    }

    /// The probe hash of Knative 0.12 (January 2020): MD5, in lower-case hex, over the fields of that release.
    ///
    /// Source: `ComputeIngressHash` of knative/serving 0.12; MD5 up to 0.13.
    pub fn hash_legacy(&self) -> String {
        self.digest::<Md5>(View::Legacy, ControlEscapes::Numeric)
    }

    fn digest<D: Digest>(&self, view: View, escapes: ControlEscapes) -> String {
        let mut digest = DigestWriter(D::new());
        // Can't fail: a digest accepts any bytes, and the spec has only string keys.
        let _infallible = go_json::write(&self.spec, view, escapes, &mut digest);
        let DigestWriter(mut digest) = digest;
        digest.update(self.namespace());
        digest.update(self.name());
        hex(&digest.finalize())
    }
}

struct DigestWriter<D>(D);

impl<D: Digest> io::Write for DigestWriter<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}
