//! A file as its open handles see it: valid for one mount, counted, and broken if its disk is.

use std::sync::{Arc, Mutex, atomic::Ordering};

use libsqlite3_sys as ffi;

use super::{Code, Meter, Trouble, contents::Contents, lock};

/// A file of one mount. The next mount gets a new file with a copy of the contents, and old handles reach nothing.
pub(super) struct File {
    pub(super) contents: Mutex<Guarded>,
    meter: Arc<Meter>,
}

/// The contents of a file, and whether its mount is over.
pub(super) struct Guarded {
    pub(super) contents: Contents,
    pub(super) over: bool,
}

impl File {
    pub(super) fn new(contents: Contents, meter: &Arc<Meter>) -> Arc<Self> {
        let over = false;
        Arc::new(Self {
            contents: Mutex::new(Guarded { contents, over }),
            meter: Arc::clone(meter),
        })
    }

    pub(super) fn len(&self) -> Result<usize, Code> {
        self.with(|contents| contents.len())
    }

    /// Reads bytes. No fault may depend on the number of reads: all connections of the test process share SQLite's page
    /// cache, so that number depends on the other runs.
    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<usize, Code> {
        self.with(|contents| contents.read(offset, buffer))
    }

    /// Writes bytes, unless a disk fault is active. Every write of every file passes here.
    pub(super) fn write(&self, offset: usize, bytes: &[u8]) -> Result<(), Code> {
        match self.trouble() {
            Some(Trouble::Full) => return Err(ffi::SQLITE_FULL),
            Some(Trouble::Broken) => return Err(ffi::SQLITE_IOERR_WRITE),
            None => {}
        }
        self.with(|contents| contents.write(offset, bytes))?;
        self.meter.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn truncate(&self, len: usize) -> Result<(), Code> {
        self.with(|contents| contents.resize(len))
    }

    /// Syncs the file, unless a disk fault is active. Every sync of every file passes here.
    pub(super) fn sync(&self) -> Result<(), Code> {
        if self.trouble() == Some(Trouble::Broken) {
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        self.with(Contents::sync)?;
        self.meter.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn trouble(&self) -> Option<Trouble> {
        *lock(&self.meter.trouble)
    }

    /// Runs `action` on the contents. Fails if the mount of the file is over.
    pub(super) fn with<T>(&self, action: impl FnOnce(&mut Contents) -> T) -> Result<T, Code> {
        let mut guarded = lock(&self.contents);
        match guarded.over {
            true => Err(ffi::SQLITE_IOERR),
            false => Ok(action(&mut guarded.contents)),
        }
    }

    /// Invalidates every handle on the file for good, and frees the contents.
    pub(super) fn free(&self) {
        let (contents, over) = (Contents::default(), true);
        *lock(&self.contents) = Guarded { contents, over };
    }

    /// Invalidates every handle on the file. Returns the contents.
    pub(super) fn retire(&self) -> Contents {
        let mut guarded = lock(&self.contents);
        guarded.over = true;
        guarded.contents.clone()
    }
}
