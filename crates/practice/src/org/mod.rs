//! The org: objects, records and users, behind one door.
//!
//! Reads see a snapshot; writes are drafted on a copy, logged and then made visible in one step. Must not know
//! HTTP or OAuth.

pub mod access;
mod change;
pub mod dml;
mod error;
pub mod feeds;
pub mod formula;
mod id;
mod index;
mod obstacle;
pub mod query;
pub mod render;
mod sandbox;
pub mod schema;
pub mod search;
mod seed;
pub mod sharing;
mod state;
mod steps;
mod user;
pub mod value;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, SubsecRound, Utc};

use crate::ambient::{Clock, Random};
use access::Access;
use dml::{Draft, WriteContext};

pub use change::{OrgChange, RecordWrite, RowChange, WriteKind};
pub use error::{ApiError, ErrorEntry};
pub use id::Id;
pub use obstacle::{Attempt, Free, Obstacle};
pub use schema::{Field, FieldType, Object, Schema};
pub use seed::{SeedError, SeedFile};
pub use state::{Record, State};
pub use steps::{OrgStep, steps};
pub use user::{Organization, User, UserId};
pub use value::Value;
pub use wire::{datetime, fits};

/// How many recently used records are remembered per user.
const RECENT: usize = 200;

/// Objects, records and users.
pub struct Org {
    schema: Schema,
    current: RwLock<Arc<State>>,
    /// Held from the draft of a write until it is logged and visible: writes have one order.
    writing: Mutex<()>,
    profiles: HashMap<String, Arc<Access>>,
    cursors: query::Cursors,
    obstacle: Arc<dyn Obstacle>,
    recent: Mutex<HashMap<Id, Vec<Id>>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Org {
    /// The seeded org.
    #[expect(
        clippy::expect_used,
        reason = "the tables are part of the program, and a unit test reads every one of them"
    )]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self::with_schema(
            Schema::built_in().expect("the built-in tables are well formed"),
            clock,
            random,
        )
    }

    /// The seeded org over a schema of its own.
    pub fn with_schema(schema: Schema, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let state = seed::seed(&schema);
        let profiles = [
            access::ADMINISTRATOR,
            access::SALES,
            access::SALES_JUNIOR,
            access::SERVICE,
            access::READ_ONLY,
            access::NO_API,
        ]
        .into_iter()
        .map(|profile| (profile.to_owned(), Access::for_profile(&schema, profile)))
        .collect();
        Self {
            schema,
            current: RwLock::new(Arc::new(state)),
            writing: Mutex::new(()),
            profiles,
            cursors: query::Cursors::default(),
            obstacle: Arc::new(Free),
            recent: Mutex::default(),
            clock,
            random,
        }
    }

    /// From now on every row is shown to the obstacle before it is saved.
    pub fn set_obstacle(&mut self, obstacle: Arc<dyn Obstacle>) {
        self.obstacle = obstacle;
    }

    /// Objects and fields.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Open query cursors.
    pub fn cursors(&self) -> &query::Cursors {
        &self.cursors
    }

    /// The present moment of this org.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Random letters, for names that nobody should guess.
    pub fn random_letters(&self, length: usize) -> String {
        crate::ambient::random_letters(self.random.as_ref(), length)
    }

    /// The content at this moment; it does not change any more.
    pub fn snapshot(&self) -> Arc<State> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies a change read from the log.
    pub fn apply(&self, change: &OrgChange) {
        self.alter(|state| state.apply(&self.schema, change));
    }

    /// Goes a step read from a compacted log.
    pub fn step(&self, step: &OrgStep) {
        self.alter(|state| state.step(&self.schema, step));
    }

    /// Changes the content in place unless somebody holds it; thousands of changes are read at a start.
    fn alter(&self, change: impl FnOnce(&mut State)) {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current));
    }

    /// Drafts a write, hands its change to `log` and makes it visible; all of it in one order with other writes.
    ///
    /// # Errors
    /// What `prepare` refuses; nothing is written then.
    pub fn write<T, L>(
        &self,
        context: WriteContext,
        prepare: impl FnOnce(&mut Draft<'_>) -> Result<T, ApiError>,
        log: impl FnOnce(&OrgChange) -> L,
    ) -> Result<(T, Option<L>), ApiError> {
        self.draft(context, prepare, log)
    }

    /// Loads the owner's records as one write of an administrator; gives how many.
    ///
    /// # Errors
    /// The first row that cannot be read or is refused; nothing is loaded then.
    pub fn load<L>(
        &self,
        files: &[SeedFile],
        log: impl FnOnce(&OrgChange) -> L,
    ) -> Result<(usize, Option<L>), SeedError> {
        let context = WriteContext {
            user: seed::administrator_id(),
            access: Access::administrator(&self.schema),
            now: self.now(),
            client: None,
            assignment: dml::Assignment::Off,
            duplicates: dml::DuplicateOptions {
                allow_save: true,
                include_details: false,
            },
            most_records: None,
            base: String::new(),
            files: Arc::default(),
        };
        self.draft(context, |draft| seed::load(draft, files), log)
    }

    /// Whether rows from the log fit the schema of today: the reason why not.
    pub fn misfit(&self, rows: &[RowChange]) -> Option<String> {
        rows.iter().find_map(|row| state::misfit(&self.schema, row))
    }

    fn draft<T, L, E>(
        &self,
        context: WriteContext,
        prepare: impl FnOnce(&mut Draft<'_>) -> Result<T, E>,
        log: impl FnOnce(&OrgChange) -> L,
    ) -> Result<(T, Option<L>), E> {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.snapshot().as_ref().clone();
        let mut draft = Draft::new(&self.schema, before, context);
        draft.obstacle = Arc::clone(&self.obstacle);
        let result = prepare(&mut draft)?;
        let Some((change, state)) = draft.finish() else {
            return Ok((result, None));
        };
        let logged = log(&change);
        self.publish(state);
        Ok((result, Some(logged)))
    }

    /// Does something about the present state in one order with all writes.
    pub fn in_order<T>(&self, act: impl FnOnce(&Arc<State>) -> T) -> T {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        act(&self.snapshot())
    }

    /// Puts another content in place of the present one; `then` runs while no write can come in between.
    pub(crate) fn replace<T>(&self, state: &Arc<State>, then: impl FnOnce() -> T) -> T {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.snapshot().version + 1;
        let mut state = state.as_ref().clone();
        // The number only grows, so that nobody takes the way back for no change.
        state.version = version;
        let done = then();
        self.publish(state);
        self.recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        done
    }

    fn publish(&self, state: State) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// What a user may do; `None` when there is no such active user.
    pub fn access(&self, user: Id) -> Option<Arc<Access>> {
        let state = self.snapshot();
        let users = self.schema.object("User")?;
        let record = state.record(users, user)?;
        if !record.get(users, "IsActive").as_bool() {
            return None;
        }
        let profile = user::profile_name(&self.schema, &state, users, record);
        Some(match self.profiles.get(&profile) {
            Some(access) => Arc::clone(access),
            None => Access::for_profile(&self.schema, &profile),
        })
    }

    /// Who wrote a record how often since the seed, oldest first; for tests.
    pub fn writes(&self, id: Id) -> Vec<RecordWrite> {
        self.snapshot().writes(id)
    }

    /// Remembers that a user worked with a record.
    pub fn touch(&self, user: Id, record: Id) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let list = recent.entry(user).or_default();
        list.retain(|known| *known != record);
        list.insert(0, record);
        list.truncate(RECENT);
    }

    /// Keeps that a user looked at records (`FOR VIEW`), or at something that showed them (`FOR REFERENCE`).
    pub fn view(&self, user: Id, records: &[Id], viewed: bool) {
        let _order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now().trunc_subsecs(0);
        let mut state = self.snapshot().as_ref().clone();
        for record in records.iter().take(RECENT).rev() {
            state.view(user, *record, viewed, now);
            self.touch(user, *record);
        }
        self.publish(state);
    }

    /// The records a user worked with, latest first.
    pub fn recent(&self, user: Id) -> Vec<Id> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.get(&user).cloned().unwrap_or_default()
    }

    /// API name and number of live records of each object, for the start page.
    pub fn object_counts(&self) -> Vec<(String, usize)> {
        let state = self.snapshot();
        let count = |object: &Object| (object.name.clone(), state.table(object).live_count());
        self.schema.objects.iter().map(count).collect()
    }
}
