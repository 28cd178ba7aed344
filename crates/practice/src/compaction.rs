//! The way back from a log at a start, and the shorter log that leads to the same org.
//!
//! A shorter log holds, for each moment that somebody can still ask for (a snapshot, the order of a query job, now), how
//! the org differs from the moment before; then the snapshots, jobs and counters themselves. Must not know sockets.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bulk::{FoldedJob, Jobs};
use crate::error::PracticeError;
use crate::oauth::{Authority, OauthFold};
use crate::org::{self, Org, OrgChange, OrgStep, RowChange, State};
use crate::persistence::{self, Change, ChangeLog, LogError, Placed, Replacement};
use crate::snapshots::Snapshots;

/// A part of the org as it was at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// What differs in the records from the moment before.
    Org(OrgStep),
    /// Apps, grants and tokens.
    Oauth(Box<OauthFold>),
}

/// The parts of an org that a log brings back.
pub(crate) struct Parts<'a> {
    pub(crate) org: &'a Org,
    pub(crate) oauth: &'a Authority,
    pub(crate) jobs: &'a Jobs,
    pub(crate) snapshots: &'a Snapshots,
}

/// A moment that must be found again, and what is said about it.
struct Moment {
    state: Arc<State>,
    then: Vec<Change>,
}

impl Parts<'_> {
    /// Brings back what the log of a folder remembers and opens it for more; a log longer than this that is mostly
    /// history is compacted before. Also tells whether records were ever written.
    ///
    /// # Errors
    /// The log cannot be used, or holds records that the schema has no room for.
    pub(crate) fn bring_back(
        &self,
        folder: &Path,
        longer_than: u64,
    ) -> Result<(ChangeLog, bool), PracticeError> {
        let contents = persistence::read(folder)?;
        for change in &contents.changes {
            self.apply(change)?;
        }
        let had_records = contents.changes.iter().any(Change::tells_of_records);
        if contents.is_mostly_history(longer_than) {
            drop(contents.changes);
            match self.compact(folder, had_records) {
                Ok(placed) => placed.settle()?,
                Err(error) => tracing::warn!(%error, "the practice log stays as long as it is"),
            }
        }
        Ok((ChangeLog::open(folder)?, had_records))
    }

    fn apply(&self, change: &Change) -> Result<(), PracticeError> {
        match change {
            Change::Org(change) => self.restore(change)?,
            Change::Oauth(change) => self.oauth.apply(change),
            Change::Bulk(change) => {
                if let Some(records) = change.records() {
                    self.restore(records)?;
                }
                self.jobs.apply(&self.org.snapshot(), change);
            }
            Change::Snapshot(change) => self.snapshots.apply(self.org, self.oauth, change),
            Change::Fold(Fold::Org(step)) => {
                if let OrgStep::Rows(rows) = step {
                    self.check(rows)?;
                }
                self.org.step(step);
            }
            Change::Fold(Fold::Oauth(fold)) => {
                let lasting = fold.unfold(self.snapshots.first_lasting());
                self.oauth.put_back(lasting, || ());
            }
            Change::Compacted { .. } => {}
        }
        Ok(())
    }

    fn restore(&self, change: &OrgChange) -> Result<(), PracticeError> {
        self.check(&change.rows)?;
        self.org.apply(change);
        Ok(())
    }

    /// Refuses rows that the schema of today has no room for.
    fn check(&self, rows: &[RowChange]) -> Result<(), PracticeError> {
        match self.org.misfit(rows) {
            Some(reason) => Err(PracticeError::Misfit(reason)),
            None => Ok(()),
        }
    }

    fn compact(&self, folder: &Path, had_records: bool) -> Result<Placed, LogError> {
        let schema = self.org.schema();
        let folded = self.jobs.folded(self.org.now());
        let mut replacement = Replacement::begin(folder)?;
        for change in folded.before {
            replacement.add(&Change::Bulk(change))?;
        }
        let mut at = self.snapshots.first_state();
        for moment in self.moments(folded.jobs) {
            for step in org::steps(schema, &at, &moment.state) {
                replacement.add(&Change::Fold(Fold::Org(step)))?;
            }
            for change in &moment.then {
                replacement.add(change)?;
            }
            at = moment.state;
        }
        for change in folded.behind {
            replacement.add(&Change::Bulk(change))?;
        }
        replacement.put_in_place(had_records)
    }

    /// All moments, those with much in common next to each other, and now at the end.
    fn moments(&self, jobs: Vec<FoldedJob>) -> Vec<Moment> {
        let now = self.org.snapshot();
        let first = self.snapshots.first_lasting();
        let oauth = |lasting| Change::Fold(Fold::Oauth(Box::new(OauthFold::new(lasting, first))));
        let mut moments = self.snapshots.folded(|state, lasting, taken| Moment {
            state,
            then: vec![oauth(lasting), Change::Snapshot(taken)],
        });
        moments.extend(jobs.into_iter().map(|job| Moment {
            state: job.ordered_in.unwrap_or_else(|| Arc::clone(&now)),
            then: job.changes.into_iter().map(Change::Bulk).collect(),
        }));
        moments.sort_by_key(|moment| moment.state.version);
        let lasting = self.oauth.snapshot();
        moments.push(Moment {
            state: now,
            then: vec![oauth(lasting)],
        });
        moments
    }
}
