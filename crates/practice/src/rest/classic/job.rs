//! Ordering a job, closing it, giving it up.
//!
//! Must not know batches.

use serde_json::{Map, Value};

use super::Resource;
use super::form::Form;
use crate::bulk::BulkChange;
use crate::bulk::classic::{ClassicJob, ClassicOrder, ClassicState};
use crate::bulk::content::Content;
use crate::bulk::job::Operation;
use crate::oauth::element;
use crate::org::ApiError;
use crate::rest::answer::Answer;
use crate::rest::jobs;

/// The operations of a job.
const OPERATIONS: [Operation; 7] = [
    Operation::Insert,
    Operation::Update,
    Operation::Upsert,
    Operation::Delete,
    Operation::HardDelete,
    Operation::Query,
    Operation::QueryAll,
];

/// The `jobInfo` that a client sends.
enum JobInfo<'a> {
    Json(Map<String, Value>),
    Xml(&'a str),
}

impl JobInfo<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let text = match self {
            Self::Xml(text) => element(text, name)?,
            Self::Json(fields) => match fields.get(name)? {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

impl Resource<'_> {
    /// `POST /job`.
    pub(super) fn create_job(&self) -> Result<Answer, ApiError> {
        let (practice, call) = (self.practice, self.call);
        let info = self.job_info()?;
        let operation = info.get("operation").unwrap_or_default();
        let operation = jobs::operation(&operation, &OPERATIONS)?;
        let content = content(info.get("contentType").as_deref())?;
        let name = info.get("object").unwrap_or_default();
        let key = info.get("externalIdFieldName");
        let (object, external_id) = jobs::ingest::target(call, operation, &name, key.as_deref())?;
        // One client sends the mode by its number.
        let serial = info
            .get("concurrencyMode")
            .is_some_and(|mode| mode.eq_ignore_ascii_case("serial") || mode == "1");
        let (job, durable) = practice.change_job(|_| {
            let order = ClassicOrder {
                id: practice.jobs.next_id(),
                operation,
                object: object.name.clone(),
                user: call.user,
                at: practice.org.now(),
                version: call.version,
                content,
                serial,
                external_id: external_id.clone(),
                assignment_rule: info.get("assignmentRuleId"),
            };
            let job = ClassicJob::new(order.clone());
            Ok((BulkChange::ClassicOrdered(order), job))
        })?;
        let fields = super::info::job_info(&job, &[]);
        let answer = self.form_for(&job).answer(201, "jobInfo", &fields);
        Ok(answer.durable(Some(durable)))
    }

    /// `POST /job/ID` with a new state.
    pub(super) fn change_state(&self, job: &ClassicJob) -> Result<Answer, ApiError> {
        let wanted = self.job_info()?.get("state").unwrap_or_default();
        let (state, doing) = match wanted.as_str() {
            "Closed" => (ClassicState::Closed, "Closing"),
            "Aborted" => (ClassicState::Aborted, "Aborting"),
            other => {
                let message = format!("'{other}' is not a state that a job can be set to");
                return Err(ApiError::new(400, "InvalidJobState", message));
            }
        };
        let id = job.order.id;
        let at = self.practice.org.now();
        let ((), durable) = self.practice.change_job(|_| {
            let before = self.practice.jobs.classic(id, at);
            let before = before.map_or(ClassicState::Aborted, |job| job.state);
            let allowed = match before {
                ClassicState::Open => true,
                ClassicState::Closed => state == ClassicState::Aborted,
                ClassicState::Aborted => false,
            };
            if !allowed {
                let message = format!("{doing} already {} Job not allowed", before.name());
                return Err(ApiError::new(400, "InvalidJobState", message));
            }
            let change = BulkChange::ClassicState { job: id, at, state };
            Ok((change, ()))
        })?;
        let changed = self.practice.jobs.classic(id, at);
        let answer = self.show_job(changed.as_ref().unwrap_or(job));
        Ok(answer.durable(Some(durable)))
    }

    fn job_info(&self) -> Result<JobInfo<'_>, ApiError> {
        let body = &self.call.body;
        if self.form == Some(Form::Json) {
            let fields = serde_json::from_slice(body);
            return fields.map(JobInfo::Json).map_err(|error| {
                let message = format!("Failed to parse the job: {error}");
                ApiError::new(400, "ClientInputError", message)
            });
        }
        std::str::from_utf8(body)
            .ok()
            .filter(|text| text.contains("jobInfo"))
            .map(JobInfo::Xml)
            .ok_or_else(|| ApiError::new(400, "InvalidXML", "Failed to parse the job"))
    }
}

fn content(name: Option<&str>) -> Result<Content, ApiError> {
    match name {
        Some("CSV") => Ok(Content::Csv),
        Some("JSON") => Ok(Content::Json),
        other => {
            let message = format!(
                "Content type '{}' is not supported; use CSV or JSON",
                other.unwrap_or("XML")
            );
            Err(ApiError::new(400, "InvalidJob", message))
        }
    }
}
