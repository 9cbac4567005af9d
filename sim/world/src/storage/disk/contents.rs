//! The contents of a file in two versions: what was written, and what was synced.

use std::{collections::BTreeSet, iter, ops::Range, sync::Arc};

const CHUNK_BYTES: usize = 4096;

/// The two versions of a file.
///
/// They share chunks. A sync copies pointers to the chunks that were written since the last one, and only a write to a
/// shared chunk copies bytes: copying the whole file would make each sync as expensive as the file is long.
#[derive(Clone, Default)]
pub(super) struct Contents {
    written: Version,
    synced: Version,
    /// The chunks of `written` that the next sync copies.
    dirty: BTreeSet<usize>,
}

/// The bytes of a file. Bytes of the last chunk past `len` are zero.
#[derive(Clone, Default)]
struct Version {
    chunks: Vec<Arc<[u8; CHUNK_BYTES]>>,
    len: usize,
}

impl Contents {
    pub(super) fn len(&self) -> usize {
        self.written.len
    }

    /// Copies the bytes at `offset` into `buffer`. Returns how many there were.
    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let available = self.written.len.saturating_sub(offset).min(buffer.len());
        for (chunk, inside, outside) in spans(offset, available) {
            buffer[outside].copy_from_slice(&self.written.chunks[chunk][inside]);
        }
        available
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        if offset + bytes.len() > self.written.len {
            self.resize(offset + bytes.len());
        }
        for (chunk, inside, outside) in spans(offset, bytes.len()) {
            let target = Arc::make_mut(&mut self.written.chunks[chunk]);
            target[inside].copy_from_slice(&bytes[outside]);
            self.dirty.insert(chunk);
        }
    }

    pub(super) fn resize(&mut self, len: usize) {
        let chunks = &mut self.written.chunks;
        let count = len.div_ceil(CHUNK_BYTES);
        // A file that shrinks and grows between two syncs has new chunks where the synced version has old ones.
        self.dirty.extend(chunks.len()..count);
        chunks.resize_with(count, || Arc::new([0; CHUNK_BYTES]));
        if len < self.written.len && !len.is_multiple_of(CHUNK_BYTES) {
            let last = len / CHUNK_BYTES;
            Arc::make_mut(&mut chunks[last])[len % CHUNK_BYTES..].fill(0);
            self.dirty.insert(last);
        }
        self.written.len = len;
    }

    pub(super) fn sync(&mut self) {
        let (from, to) = (&self.written.chunks, &mut self.synced.chunks);
        to.truncate(from.len());
        for &chunk in self.dirty.range(..to.len()) {
            to[chunk] = Arc::clone(&from[chunk]);
        }
        to.extend_from_slice(&from[to.len()..]);
        self.synced.len = self.written.len;
        self.dirty.clear();
    }

    /// Drops what was not synced.
    pub(super) fn lose_unsynced(&mut self) {
        self.written = self.synced.clone();
        self.dirty.clear();
    }
}

/// Splits `len` bytes at `offset` at the chunk borders: the chunk, the range inside it, and the range in the caller's
/// buffer.
fn spans(offset: usize, len: usize) -> impl Iterator<Item = (usize, Range<usize>, Range<usize>)> {
    let mut done = 0;
    iter::from_fn(move || {
        let (chunk, start) = ((offset + done) / CHUNK_BYTES, (offset + done) % CHUNK_BYTES);
        let size = (CHUNK_BYTES - start).min(len - done);
        done += size;
        (size > 0).then(|| (chunk, start..start + size, done - size..done))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the obvious model, two byte vectors. Sizes and offsets come from a fixed stream and often lie at chunk
    /// borders.
    #[test]
    fn contents_equal_two_byte_vectors() {
        let (mut contents, mut written, mut synced) = (Contents::default(), vec![], vec![]);
        let mut state = 1_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for step in 0..20_000 {
            let border = draw(6) * CHUNK_BYTES;
            let offset = (border + draw(3)).saturating_sub(1);
            match draw(20) {
                0 => (contents.sync(), synced.clone_from(&written)).0,
                1 => (contents.lose_unsynced(), written.clone_from(&synced)).0,
                2 => (contents.resize(offset), written.resize(offset, 0)).0,
                _ => {
                    let bytes = vec![step as u8; draw(3 * CHUNK_BYTES)];
                    contents.write(offset, &bytes);
                    written.resize(written.len().max(offset + bytes.len()), 0);
                    written[offset..][..bytes.len()].copy_from_slice(&bytes);
                }
            }
            let mut read = vec![0; written.len() + 1];
            assert_eq!(contents.read(0, &mut read), written.len());
            assert!(read[..written.len()] == written, "step {step}");
        }
    }
}
