//! Starting and stopping a practice org: the data folder, the routes.
//!
//! The only place that knows all parts; decides nothing about answers.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::ambient::{Clock, random_hex};
use crate::bulk::{Jobs, Runner};
use crate::clock::ShiftedClock;
use crate::compaction::Parts;
use crate::error::PracticeError;
use crate::faults::Faults;
use crate::files::FileStore;
use crate::journal::{Counts, Entry, Journal};
use crate::oauth::{self, Authority};
use crate::options::PracticeOptions;
use crate::org::schema::Schema;
use crate::org::{Org, OrgChange};
use crate::persistence::{Change, ChangeLog};
use crate::sandbox::{Copy, Sandbox};
use crate::snapshots::Snapshots;
use crate::sockets::{Serving, Sockets, Wanted};
use crate::state::Practice;
use crate::usage::ApiUsage;
use crate::{admin, owner_files, pages, rest, site, sites, watch, wire};

/// Largest request body, a little above Salesforce's largest JSON upload.
const BODY_LIMIT: usize = 52 * 1024 * 1024;

/// Shorter answers of the data interface are not worth packing.
const COMPRESS_FROM: u64 = 1024;

/// A practice org that answers.
pub struct RunningPractice {
    practice: Arc<Practice>,
    serving: Serving,
}

/// Starts a practice org.
///
/// # Errors
/// The port is taken, the data folder or its log cannot be used, or certificates cannot be made.
pub async fn start(options: PracticeOptions) -> Result<RunningPractice, PracticeError> {
    let certificates = options.tls.as_ref().map(|tls| Wanted {
        folder: tls.directory.as_deref().or(options.data_dir.as_deref()),
        names: site::names(&options).certified(),
        now: options.clock.now(),
        random: options.random.as_ref(),
    });
    let sockets = Sockets::bind(options.port, certificates)?;
    let base_url = sockets.base_url(&options.host);
    let practice = tokio::task::spawn_blocking(move || assemble(options, base_url, None))
        .await
        .map_err(|error| PracticeError::Assembly(error.to_string()))??;
    let practice = Arc::new(practice);
    Runner::resume(&practice);
    let app = sites::router(&practice, application(&practice));
    let serving = sockets.serve(app).await?;
    Ok(RunningPractice { practice, serving })
}

impl RunningPractice {
    /// Address without a slash at the end, e.g. `http://localhost:8181`.
    pub fn url(&self) -> &str {
        &self.practice.base_url
    }

    /// Certificate file that a client must trust, with TLS.
    pub fn authority_path(&self) -> Option<&Path> {
        self.serving.authority_path()
    }

    /// The state, for tests that look behind the answers.
    pub fn practice(&self) -> &Arc<Practice> {
        &self.practice
    }

    /// Totals of requests.
    pub fn counts(&self) -> Counts {
        self.practice.journal.counts()
    }

    /// Kept requests, oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.practice.journal.entries_after(0)
    }

    /// Usernames and passwords of the users who may sign in.
    pub fn sign_ins(&self) -> Vec<(String, String)> {
        let users = self
            .practice
            .org
            .users()
            .into_iter()
            .filter(|user| user.active);
        let passwords = &self.practice.oauth.passwords;
        users
            .map(|user| (user.username.clone(), passwords.of(&user.username)))
            .collect()
    }

    /// Stops: no new connections, a moment for requests under way, then the end.
    pub async fn shutdown(self) {
        self.serving.end().await;
        self.practice.runner.stop().await;
    }
}

/// Seeds the org and brings back what the log remembers.
pub(crate) fn assemble(
    options: PracticeOptions,
    base_url: String,
    copy: Option<&Copy>,
) -> Result<Practice, PracticeError> {
    let shift = Arc::new(ShiftedClock::new(Arc::clone(&options.clock)));
    let clock: Arc<dyn Clock> = shift.clone();
    let own = options.schema.as_deref().map(owner_files::schema);
    let schema = Schema::with_files(own.transpose()?.as_slice())?;
    let mut org = Org::with_schema(schema, clock.clone(), Arc::clone(&options.random));
    if let Some(copy) = copy {
        org.become_sandbox(copy.number, &copy.name);
    }
    let faults = Arc::new(Faults::default());
    org.set_obstacle(faults.clone());
    let sandbox = copy.is_none().then(|| Sandbox::new(&options, &base_url));
    let oauth = Authority::new(&options, clock.clone());
    let mut kept = false;
    let jobs = Jobs::default();
    let snapshots = Snapshots::new(&org, &oauth);
    let (log, files) = match &options.data_dir {
        None => (ChangeLog::in_memory(), FileStore::in_memory()),
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|source| PracticeError::Folder {
                path: folder.clone(),
                source,
            })?;
            let parts = Parts {
                org: &org,
                oauth: &oauth,
                jobs: &jobs,
                snapshots: &snapshots,
            };
            let (log, had_records) = parts.bring_back(folder, options.compact_from)?;
            kept = had_records;
            let files = FileStore::open(folder).map_err(|source| PracticeError::Folder {
                path: folder.clone(),
                source,
            })?;
            (log, files)
        }
    };
    if let Some(path) = &options.seed {
        if kept {
            tracing::warn!(
                "{} is left out: the data folder has records already",
                path.display()
            );
        } else {
            load(&org, &log, path)?;
        }
    }
    Ok(Practice {
        org,
        oauth,
        jobs,
        runner: Runner::default(),
        files: Arc::new(files),
        log,
        snapshots,
        journal: Journal::default(),
        faults,
        usage: ApiUsage::new(options.daily_request_limit),
        started: options.clock.now(),
        clock,
        shift,
        form_guard: random_hex(options.random.as_ref(), 24),
        random: Arc::clone(&options.random),
        options,
        base_url,
        sandbox,
    })
}

/// Loads the owner's records and waits until they are on disk.
fn load(org: &Org, log: &ChangeLog, path: &Path) -> Result<(), PracticeError> {
    let files = owner_files::seed(path)?;
    let append = |change: &OrgChange| log.append(&Change::Org(change.clone()));
    let (_, durable) = org.load(&files, append)?;
    if let Some(durable) = durable {
        tokio::runtime::Handle::current().block_on(durable.wait())?;
    }
    Ok(())
}

/// The routes of one org.
pub(crate) fn application(practice: &Arc<Practice>) -> Router {
    let state = Arc::clone(practice);
    let data = rest::router()
        .layer(from_fn_with_state(Arc::clone(practice), wire::dress))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_FROM)));
    let classic =
        rest::classic_router().layer(from_fn_with_state(Arc::clone(practice), wire::dress));
    let mut router = Router::new()
        .merge(oauth::router())
        .merge(pages::router())
        .nest("/services/data", data)
        .nest("/services/async", classic)
        .fallback(pages::not_found);
    if practice.options.admin {
        router = router.merge(pages::administration());
        router = router.nest("/practice/admin", admin::router(practice));
    }
    let router = router
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::clone(&state));
    // The watch tidies the path, so it must come before routing.
    Router::new()
        .fallback_service(router)
        .layer(from_fn_with_state(state, watch::watch))
}
