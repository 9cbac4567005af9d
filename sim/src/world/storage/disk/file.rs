//! A file behind its handles: valid for one mount, metered, and broken where its disk is.

use std::sync::{Arc, Mutex, atomic::Ordering};

use libsqlite3_sys as ffi;

use super::{Code, Meter, Trouble, contents::Contents, lock};

/// A file as its open handles see it. At the end of its mount the next mount's
/// file gets a copy of the contents, and an old handle reaches nothing.
pub(super) struct File {
    pub(super) contents: Mutex<Held>,
    meter: Arc<Meter>,
}

/// What a file holds, and whether its mount is over.
pub(super) struct Held {
    pub(super) contents: Contents,
    pub(super) over: bool,
}

impl File {
    pub(super) fn new(contents: Contents, meter: &Arc<Meter>) -> Arc<Self> {
        let over = false;
        Arc::new(Self {
            contents: Mutex::new(Held { contents, over }),
            meter: Arc::clone(meter),
        })
    }

    pub(super) fn len(&self) -> Result<usize, Code> {
        self.with(|contents| contents.len())
    }

    /// No fault may count reads: all connections of the process share SQLite's
    /// page cache, so how many there are depends on the other runs.
    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<usize, Code> {
        self.with(|contents| contents.read(offset, buffer))
    }

    /// Every write of every file passes here, the place for a fault to strike.
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

    /// Every sync of every file passes here, the place for a fault to strike.
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

    /// Runs `action` on the contents, unless the file's mount is over.
    pub(super) fn with<T>(&self, action: impl FnOnce(&mut Contents) -> T) -> Result<T, Code> {
        let mut held = lock(&self.contents);
        match held.over {
            true => Err(ffi::SQLITE_IOERR),
            false => Ok(action(&mut held.contents)),
        }
    }

    /// Ends every handle on the file, for ever, and lets go of what it holds.
    pub(super) fn free(&self) {
        let (contents, over) = (Contents::default(), true);
        *lock(&self.contents) = Held { contents, over };
    }

    /// Ends every handle on the file. Returns what it holds.
    pub(super) fn retire(&self) -> Contents {
        let mut held = lock(&self.contents);
        held.over = true;
        held.contents.clone()
    }
}
