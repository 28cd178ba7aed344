//! `/services/async`: the resources of the first Bulk API, which many tools still load and export with.
//!
//! Must not know how a batch is worked on. Source: "Bulk API 2.0 and Bulk API Developer Guide, Bulk API".

mod batch;
mod form;
mod info;
mod job;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::answer::Answer;
use super::call::{self, Call};
use super::{envelope, versions};
use crate::bulk::classic::ClassicJob;
use crate::bulk::job::Job;
use crate::oauth::Session;
use crate::org::access::ADMINISTRATOR;
use crate::org::{ApiError, Id};
use crate::state::Practice;
use form::Form;

/// Most bytes of a batch.
const BATCH_LIMIT: usize = 10_000_000;

/// A request about jobs.
struct Resource<'a> {
    practice: &'a Arc<Practice>,
    call: &'a Call<'a>,
    /// The form that the headers ask for.
    form: Option<Form>,
}

/// Everything below `/services/async`.
pub(super) async fn dispatch(State(practice): State<Arc<Practice>>, request: Request) -> Response {
    let form = Form::of_headers(request.headers());
    match answer(&practice, request, form).await {
        Ok(answer) => answer.into_response(),
        Err(error) => form::error(form.unwrap_or_default(), &error).into_response(),
    }
}

async fn answer(
    practice: &Arc<Practice>,
    request: Request,
    form: Option<Form>,
) -> Result<Answer, ApiError> {
    let (mut parts, body) = request.into_parts();
    let segments = call::segments(parts.uri.path());
    let (version, rest) = segments.split_first().ok_or_else(no_such_address)?;
    let version = versions::parse(&format!("v{version}")).map_err(|_| {
        let message = format!("Api version not available: {version}");
        ApiError::new(400, "InvalidVersion", message)
    })?;
    let (user, access) = caller(practice, &mut parts).await?;
    if !access.api_enabled {
        let message = "The Async API is not enabled for this Organization.";
        return Err(ApiError::new(400, "FeatureNotEnabled", message));
    }
    let body = envelope::read(&parts, body, BATCH_LIMIT)
        .await
        .map_err(|error| ApiError::new(400, "ClientInputError", error.entry.message))?;
    let call = Call::new(practice, version, rest.to_vec(), &parts, body, user, access)?;
    let resource = Resource {
        practice,
        call: &call,
        form,
    };
    let mut answer = resource.route()?;
    if let Some(durable) = answer.durable.take() {
        durable.wait().await.map_err(|error| {
            let message = format!("The change could not be kept: {error}");
            ApiError::new(500, "Unknown", message)
        })?;
    }
    Ok(answer)
}

/// Who calls; the session came in its own header or as a bearer token.
async fn caller(
    practice: &Arc<Practice>,
    parts: &mut Parts,
) -> Result<(Id, Arc<crate::org::access::Access>), ApiError> {
    let no_session = || ApiError::new(400, "InvalidSessionId", "Invalid session id");
    let session = Session::from_request_parts(parts, practice)
        .await
        .map_err(|_| no_session())?;
    let user = session.user_id.record().ok_or_else(no_session)?;
    let access = practice.org.access(user).ok_or_else(no_session)?;
    Ok((user, access))
}

fn no_such_address() -> ApiError {
    ApiError::new(400, "InvalidUrl", "The requested resource does not exist")
}

impl Resource<'_> {
    fn route(&self) -> Result<Answer, ApiError> {
        let segments: Vec<&str> = self.call.segments.iter().map(String::as_str).collect();
        let posted = match self.call.method {
            Method::POST => true,
            Method::GET => false,
            _ => return Err(self.wrong_method()),
        };
        match (posted, segments.as_slice()) {
            (true, ["job"]) => self.create_job(),
            (false, ["job", id]) => Ok(self.show_job(&self.job(id)?)),
            (true, ["job", id]) => self.change_state(&self.job(id)?),
            (true, ["job", id, "batch"]) => self.add_batch(&self.job(id)?),
            (false, ["job", id, "batch"]) => Ok(self.list_batches(&self.job(id)?)),
            (false, ["job", id, "batch", batch, rest @ ..]) => {
                let job = self.job(id)?;
                let batch = self.batch(&job, batch)?;
                match rest {
                    [] => Ok(self.show_batch(&job, &batch)),
                    ["request"] => self.request(&batch),
                    ["result"] => batch::results(&batch),
                    ["result", result] => self.rows(&batch, result),
                    _ => Err(no_such_address()),
                }
            }
            _ => Err(no_such_address()),
        }
    }

    fn wrong_method(&self) -> ApiError {
        let message = format!("HTTP Method '{}' not allowed", self.call.method);
        ApiError::new(405, "ClientInputError", message)
    }

    /// A job that this person may see: the own ones, and all of them for an administrator.
    fn job(&self, id: &str) -> Result<ClassicJob, ApiError> {
        let shows = |job: &ClassicJob| {
            job.order.user == self.call.user || self.call.access.profile == ADMINISTRATOR
        };
        Id::parse(id)
            .and_then(|id| self.practice.jobs.classic(id, self.practice.org.now()))
            .filter(shows)
            .ok_or_else(|| {
                ApiError::new(
                    400,
                    "InvalidJob",
                    format!("Unable to find job with id: {id}"),
                )
            })
    }

    fn batch(&self, job: &ClassicJob, id: &str) -> Result<Job, ApiError> {
        Id::parse(id)
            .filter(|id| job.batches.contains(id))
            .and_then(|id| self.practice.jobs.find(id, self.practice.org.now()))
            .ok_or_else(|| {
                ApiError::new(
                    400,
                    "InvalidBatch",
                    format!("Unable to find batch with id: {id}"),
                )
            })
    }

    /// The batches of a job that are still kept.
    fn batches(&self, job: &ClassicJob) -> Vec<Job> {
        let now = self.practice.org.now();
        let batches = job.batches.iter();
        batches
            .filter_map(|id| self.practice.jobs.find(*id, now))
            .collect()
    }

    /// The form of an answer about a job: as the headers ask, else as its content.
    fn form_for(&self, job: &ClassicJob) -> Form {
        self.form
            .unwrap_or_else(|| Form::of_content(job.order.content))
    }
}
