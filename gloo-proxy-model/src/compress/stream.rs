//! A zlib stream (RFC 1950) made of parts that were deflated separately.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The header that zlib writes for its default level.
const HEADER: [u8; 2] = [0x78, 0x9c];

/// The last block: empty, with fixed codes.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

/// The largest prime below 65,536.
const ADLER_MODULUS: u64 = 65_521;

/// Bytes that were deflated separately: they refer to nothing before them, and end at a byte boundary.
#[derive(Clone, Debug)]
pub(super) struct Deflated {
    blocks: Vec<u8>,
    /// The checksum of the original bytes.
    sum: Adler32,
}

impl Deflated {
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes)?;
        let mut blocks = encoder.flush_finish()?;
        blocks.shrink_to_fit();
        Ok(Self { blocks, sum: Adler32::of(bytes) })
    }
}

/// A stream to which [`Deflated`] parts are appended.
pub(super) struct ZlibStream {
    bytes: Vec<u8>,
    sum: Adler32,
}

impl ZlibStream {
    pub(super) fn new() -> Self {
        Self { bytes: HEADER.to_vec(), sum: Adler32::of(&[]) }
    }

    pub(super) fn push(&mut self, part: &Deflated) {
        self.bytes.extend_from_slice(&part.blocks);
        self.sum = self.sum.followed_by(part.sum);
    }

    /// The bytes of what was deflated so far.
    pub(super) fn bytes_before(&self) -> usize {
        usize::try_from(self.sum.length).unwrap_or(usize::MAX)
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&LAST_BLOCK);
        self.bytes.extend_from_slice(&self.sum.value.to_be_bytes());
        self.bytes
    }
}

/// The checksum at the end of a zlib stream, and the number of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Adler32 {
    value: u32,
    length: u64,
}

impl Adler32 {
    fn of(bytes: &[u8]) -> Self {
        // No platform has addresses of more than 64 bits.
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { value: adler2::adler32_slice(bytes), length }
    }

    /// The checksum of the bytes of `self` followed by those of `next`.
    ///
    /// The low half is 1 plus all bytes; the high half is the sum of the low halves after each byte. So adding the low halves counts
    /// the 1 twice, and the high half of `next` misses the low half of `self`, minus 1, for each of its bytes.
    fn followed_by(self, next: Self) -> Self {
        let halves = |sum: Self| (u64::from(sum.value & 0xffff), u64::from(sum.value >> 16));
        let ((low, high), (next_low, next_high)) = (halves(self), halves(next));
        // All are less than the modulus, so nothing overflows 64 bits.
        let bytes_before = low.wrapping_add(ADLER_MODULUS).wrapping_sub(1) % ADLER_MODULUS;
        let carried = (next.length % ADLER_MODULUS).wrapping_mul(bytes_before);
        let low = bytes_before.wrapping_add(next_low) % ADLER_MODULUS;
        let high = high.wrapping_add(next_high).wrapping_add(carried) % ADLER_MODULUS;
        let value = u32::try_from((high << 16) | low).unwrap_or(u32::MAX);
        Self { value, length: self.length.saturating_add(next.length) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_a_stream_too() {
        let mut read = Vec::new();
        ZlibDecoder::new(ZlibStream::new().finish().as_slice()).read_to_end(&mut read).unwrap();
        assert!(read.is_empty());
    }

    proptest! {
        /// The decoder verifies the checksum too.
        #[test]
        fn any_parts_are_a_stream(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..6)) {
            let mut stream = ZlibStream::new();
            for part in &parts {
                stream.push(&Deflated::new(part).unwrap());
            }
            let mut read = Vec::new();
            ZlibDecoder::new(stream.finish().as_slice()).read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, parts.concat());
        }

        #[test]
        fn sums_are_put_together(first: Vec<u8>, second: Vec<u8>) {
            let whole = Adler32::of(&[first.as_slice(), &second].concat());
            prop_assert_eq!(Adler32::of(&first).followed_by(Adler32::of(&second)), whole);
        }
    }

    #[test]
    fn sums_of_many_large_bytes_are_put_together() {
        let bytes = vec![0xff; 300_000];
        for place in [0, 1, 65_520, 65_521, 65_522, 299_999] {
            let (first, second) = bytes.split_at(place);
            assert_eq!(Adler32::of(first).followed_by(Adler32::of(second)), Adler32::of(&bytes));
        }
    }
}
