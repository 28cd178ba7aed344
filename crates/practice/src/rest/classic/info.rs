//! Jobs and batches as they are told.
//!
//! Must not know how they are changed.

use serde_json::{Map, Value, json};

use super::Resource;
use super::form::{self, Form};
use crate::bulk::classic::ClassicJob;
use crate::bulk::job::{Job, JobState};
use crate::org::Value as FieldValue;
use crate::rest::answer::Answer;

impl Resource<'_> {
    /// A job with the sums over its batches.
    pub(super) fn show_job(&self, job: &ClassicJob) -> Answer {
        let batches = self.batches(job);
        self.form_for(job)
            .answer(200, "jobInfo", &job_info(job, &batches))
    }

    pub(super) fn show_batch(&self, job: &ClassicJob, batch: &Job) -> Answer {
        self.form_for(job)
            .answer(200, "batchInfo", &batch_info(job, batch))
    }

    pub(super) fn list_batches(&self, job: &ClassicJob) -> Answer {
        let batches = self.batches(job);
        let infos = batches.iter().map(|batch| batch_info(job, batch));
        match self.form_for(job) {
            Form::Json => {
                let list: Vec<_> = infos.collect();
                Answer::json(200, &json!({ "batchInfo": list }))
            }
            Form::Xml => {
                let list: Vec<String> = infos
                    .map(|info| format!("<batchInfo>{}</batchInfo>", form::elements(&info)))
                    .collect();
                form::xml(200, "batchInfoList", &list.concat())
            }
        }
    }
}

pub(super) fn job_info(job: &ClassicJob, batches: &[Job]) -> Map<String, Value> {
    let order = &job.order;
    let count = |state| {
        batches
            .iter()
            .filter(|job| name(job.state) == state)
            .count()
    };
    let sum = |part: fn(&Job) -> usize| batches.iter().map(part).sum::<usize>();
    let time: i64 = batches.iter().map(time).sum();
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(order.id));
    put("operation", json!(order.operation));
    put("object", json!(order.object));
    put("createdById", json!(order.user));
    put("createdDate", FieldValue::DateTime(order.at).to_json());
    put(
        "systemModstamp",
        FieldValue::DateTime(job.modified).to_json(),
    );
    put("state", job.state.name().into());
    if let Some(field) = &order.external_id {
        put("externalIdFieldName", json!(field));
    }
    if let Some(rule) = &order.assignment_rule {
        put("assignmentRuleId", json!(rule));
    }
    let mode = if order.serial { "Serial" } else { "Parallel" };
    put("concurrencyMode", mode.into());
    put("contentType", order.content.name().into());
    put("numberBatchesQueued", count("Queued").into());
    put("numberBatchesInProgress", count("InProgress").into());
    put("numberBatchesCompleted", count("Completed").into());
    put("numberBatchesFailed", count("Failed").into());
    put("numberBatchesTotal", batches.len().into());
    put("numberRecordsProcessed", sum(Job::processed).into());
    put("numberRetries", 0.into());
    put("apiVersion", f64::from(order.version).into());
    put("numberRecordsFailed", sum(Job::failed).into());
    put("totalProcessingTime", time.into());
    put("apiActiveProcessingTime", time.into());
    put("apexProcessingTime", 0.into());
    out
}

pub(super) fn batch_info(job: &ClassicJob, batch: &Job) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(batch.order.id));
    put("jobId", json!(job.order.id));
    put("state", name(batch.state).into());
    put("stateMessage", json!(batch.error));
    put(
        "createdDate",
        FieldValue::DateTime(batch.order.at).to_json(),
    );
    put(
        "systemModstamp",
        FieldValue::DateTime(batch.modified).to_json(),
    );
    put("numberRecordsProcessed", batch.processed().into());
    put("numberRecordsFailed", batch.failed().into());
    put("totalProcessingTime", time(batch).into());
    put("apiActiveProcessingTime", time(batch).into());
    put("apexProcessingTime", 0.into());
    out
}

/// Milliseconds from the order to the last change.
fn time(batch: &Job) -> i64 {
    (batch.modified - batch.order.at).num_milliseconds()
}

/// The state of a batch on the wire.
fn name(state: JobState) -> &'static str {
    match state {
        JobState::Open | JobState::UploadComplete => "Queued",
        JobState::InProgress => "InProgress",
        JobState::JobComplete => "Completed",
        JobState::Failed => "Failed",
        JobState::Aborted => "NotProcessed",
    }
}
