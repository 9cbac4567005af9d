//! The newest campaigns of a folder, for the index page.

use std::{fs, io, path::Path};

use super::{
    index_entry::IndexEntry,
    layout::{INDEX_ENTRY, LATEST},
};

/// Campaigns in the index at most. Their entries are all read each time a campaign ends.
pub(crate) const CAMPAIGNS_MAX: usize = 200;

/// The newest campaigns.
pub(crate) struct CampaignIndex {
    /// The entry of each campaign with its folder's name, the newest first.
    pub(crate) entries: Vec<(String, IndexEntry)>,
    /// Whether there are older ones.
    pub(crate) has_older: bool,
}

impl CampaignIndex {
    /// Reads the index entries in the folder of all campaigns. Folders without a readable entry are skipped.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let mut ids: Vec<String> = fs::read_dir(root)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|id| id != LATEST && is_safe_in_links(id))
            .collect();
        // The names begin with the time.
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let all = ids.into_iter().filter_map(|id| {
            let entry = IndexEntry::read(&root.join(&id).join(INDEX_ENTRY))?;
            Some((id, entry))
        });
        let mut entries: Vec<(String, IndexEntry)> = all.take(CAMPAIGNS_MAX + 1).collect();
        let has_older = entries.len() > CAMPAIGNS_MAX;
        entries.truncate(CAMPAIGNS_MAX);
        Ok(Self { entries, has_older })
    }
}

/// Whether a folder's name needs no encoding in a link.
fn is_safe_in_links(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.starts_with('.') && name.chars().all(is_safe)
}
