//! The hashes of proposals that were sent, in files of the keeper's own, until their proposals expire: whoever sets
//! rows of the database back still cannot have a write sent twice (security case P4).
//!
//! One file for each day of expiry. The expiry is inside the hashed bytes, so a hash always leads to the same file,
//! and a file goes away as a whole when its day is over. Must not know: what was sent.

use super::folder::Folder;
use chrono::{Days, NaiveDate};
use gatelodge_model::{Digest, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    sync::{Mutex, PoisonError},
};

const PREFIX: &str = "spent-";

/// Bytes of one entry.
const ENTRY: u64 = 32;

/// How long a file outlives its day, for clocks that were set back.
const MARGIN: Days = Days::new(2);

/// The spent hashes of one day of expiry, as far as the file was read.
#[derive(Default)]
struct Page {
    read: u64,
    spent: HashSet<Digest>,
}

/// The ledger.
pub(crate) struct Ledger {
    folder: Folder,
    pages: Mutex<HashMap<NaiveDate, Page>>,
}

impl Ledger {
    pub(crate) fn new(folder: Folder) -> Self {
        Self {
            folder,
            pages: Mutex::new(HashMap::new()),
        }
    }

    /// Notes a hash, durably; `false` when it was there already. Waits for the disk.
    pub(crate) fn spend(
        &self,
        digest: &Digest,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> io::Result<bool> {
        let day = expires_at.date_naive();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{PREFIX}{day}");
        if !self.folder.path().join(&name).exists() {
            self.forget_before(now.date_naive(), &mut pages)?;
        }
        let mut file = self.folder.file(&name)?;
        // Another process of this host may hold the same folder.
        file.lock()?;
        let page = pages.entry(day).or_default();
        read_on(&mut file, page)?;
        if !page.spent.insert(*digest) {
            return Ok(false);
        }
        let noted = note(&mut file, page.read, digest);
        match noted {
            Ok(()) => page.read += ENTRY,
            Err(_) => {
                page.spent.remove(digest);
            }
        }
        noted.map(|()| true)
    }

    fn forget_before(
        &self,
        today: NaiveDate,
        pages: &mut HashMap<NaiveDate, Page>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            let name = entry.file_name();
            let day: Option<NaiveDate> = name
                .to_str()
                .and_then(|name| name.strip_prefix(PREFIX)?.parse().ok());
            if let Some(day) = day.filter(|day| *day + MARGIN < today) {
                pages.remove(&day);
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Reads what was added since. A torn entry at the end was never acknowledged: nothing was sent for it.
fn read_on(file: &mut File, page: &mut Page) -> io::Result<()> {
    let whole = file.metadata()?.len() / ENTRY * ENTRY;
    if whole < page.read {
        // What was read is gone from the disk; it stays known here.
        page.read = 0;
    }
    file.seek(SeekFrom::Start(page.read))?;
    let mut added = Vec::new();
    file.take(whole - page.read).read_to_end(&mut added)?;
    let (entries, _) = added.as_chunks::<32>();
    page.spent
        .extend(entries.iter().copied().map(Digest::from_bytes));
    page.read = whole;
    Ok(())
}

fn note(file: &mut File, at: u64, digest: &Digest) -> io::Result<()> {
    file.set_len(at)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(digest.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{Clock as _, clock::testing::FixedClock};
    use proptest::prelude::*;

    fn digest(number: u8) -> Digest {
        Digest::of("test", &[&[number]])
    }

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().join("keeper")).unwrap();
        (place, folder)
    }

    #[test]
    fn a_torn_entry_counts_for_nothing_and_whole_ones_survive() {
        // proves P4, R9
        let (_place, folder) = folder();
        let clock = FixedClock::at(1_793_491_200_000);
        let (now, later) = (clock.now(), clock.now() + chrono::TimeDelta::hours(1));
        let ledger = Ledger::new(folder.clone());
        assert!(ledger.spend(&digest(1), later, now).unwrap());
        let name = format!("{PREFIX}{}", later.date_naive());
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(&digest(2).as_bytes()[..17]);
        fs::write(&path, bytes).unwrap();
        let restarted = Ledger::new(folder);
        assert!(!restarted.spend(&digest(1), later, now).unwrap());
        assert!(restarted.spend(&digest(2), later, now).unwrap());
        assert!(!restarted.spend(&digest(2), later, now).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().len(), 2 * ENTRY);
        // emptied under a running keeper, it still knows
        fs::write(&path, b"").unwrap();
        assert!(!restarted.spend(&digest(1), later, now).unwrap());
    }

    #[test]
    fn a_day_is_forgotten_only_when_it_is_over() {
        let (_place, folder) = folder();
        let clock = FixedClock::at(1_793_491_200_000);
        let ledger = Ledger::new(folder.clone());
        let (now, first) = (clock.now(), clock.now() + chrono::TimeDelta::hours(1));
        assert!(ledger.spend(&digest(1), first, now).unwrap());
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let next = now + chrono::TimeDelta::days(2);
        assert!(ledger.spend(&digest(2), next, next).unwrap());
        assert_eq!(files(), 2);
        assert!(!ledger.spend(&digest(1), first, next).unwrap());
        let much_later = now + chrono::TimeDelta::days(4);
        assert!(ledger.spend(&digest(3), much_later, much_later).unwrap());
        assert_eq!(files(), 2, "the first day is gone");
    }

    proptest! {
        // proves P4: whatever the order, the restarts and the other processes, each hash is spent once
        #[test]
        fn each_hash_is_spent_once(orders in proptest::collection::vec((0_u8..6, 0_usize..3, any::<bool>()), 1..40)) {
            let (_place, folder) = folder();
            let clock = FixedClock::at(1_793_491_200_000);
            let mut ledgers: Vec<Ledger> = (0..3).map(|_| Ledger::new(folder.clone())).collect();
            let mut spent = HashSet::new();
            for (number, process, restart) in orders {
                if restart {
                    ledgers[process] = Ledger::new(folder.clone());
                }
                let expires_at = clock.now() + chrono::TimeDelta::days(i64::from(number % 2));
                let fresh = ledgers[process].spend(&digest(number), expires_at, clock.now()).unwrap();
                prop_assert_eq!(fresh, spent.insert(number));
            }
        }
    }
}
