//! `/limits` and `/limits/recordCount`.
//!
//! Must not know who counts requests; it only reads the counter.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::state::Practice;

/// The one allowance with a second one inside.
const PERMISSION_SETS: &str = "PermissionSets";

/// Allowances of a Developer Edition org, beside those for requests and data.
const ALLOWANCES: [(&str, u64); 31] = [
    ("ActiveScratchOrgs", 3),
    ("AnalyticsExternalDataSizeMB", 40_960),
    ("ConcurrentAsyncGetReportInstances", 200),
    ("ConcurrentEinsteinDataInsightsStoryCreation", 5),
    ("ConcurrentSyncReportRuns", 20),
    ("DailyAnalyticsDataflowJobExecutions", 60),
    ("DailyAsyncApexExecutions", 250_000),
    ("DailyAsyncApexTests", 500),
    ("DailyBulkApiBatches", 15_000),
    ("DailyBulkV2QueryFileStorageMB", 976_562),
    ("DailyDeliveredPlatformEvents", 10_000),
    ("DailyDurableGenericStreamingApiEvents", 10_000),
    ("DailyDurableStreamingApiEvents", 10_000),
    ("DailyGenericStreamingApiEvents", 10_000),
    ("DailyScratchOrgs", 6),
    ("DailyStandardVolumePlatformEvents", 10_000),
    ("DailyStreamingApiEvents", 10_000),
    ("DailyWorkflowEmails", 1_000),
    ("DurableStreamingApiConcurrentClients", 20),
    ("FileStorageMB", 20),
    ("HourlyAsyncReportRuns", 1_200),
    ("HourlyDashboardRefreshes", 200),
    ("HourlyDashboardResults", 5_000),
    ("HourlyODataCallout", 20_000),
    ("HourlyPublishedPlatformEvents", 50_000),
    ("HourlySyncReportRuns", 500),
    ("HourlyTimeBasedWorkflow", 1_000),
    ("MassEmail", 10),
    ("MonthlyPlatformEventsUsageEntitlement", 0),
    ("SingleEmail", 15),
    ("StreamingApiConcurrentClients", 20),
];

/// One allowance.
pub(crate) struct Allowance {
    pub(crate) name: &'static str,
    pub(crate) most: u64,
    pub(crate) left: u64,
}

/// All allowances with what is left of them, by name.
pub(crate) fn allowances(practice: &Practice) -> Vec<Allowance> {
    let of = |name, most: u64, used| Allowance {
        name,
        most,
        left: most.saturating_sub(used),
    };
    let usage = &practice.usage;
    let counts = practice.org.object_counts();
    let records: usize = counts.iter().map(|(_, count)| count).sum();
    // The platform counts two kilobytes for a record, whatever is in it.
    let megabytes = u64::try_from(records).unwrap_or(0) * 2 / 1024;
    let queries = practice.jobs.queries_today(practice.org.now());
    let mut all = vec![
        of("DailyApiRequests", usage.allowance(), usage.used()),
        of("DataStorageMB", 5, megabytes),
        of(
            "DailyBulkV2QueryJobs",
            practice.options.daily_bulk_queries,
            queries,
        ),
        of(PERMISSION_SETS, 1_500, 0),
    ];
    all.extend(ALLOWANCES.map(|(name, most)| of(name, most, usage.spent(name))));
    all.sort_by_key(|allowance| allowance.name);
    all
}

/// `GET /limits`.
pub(super) fn limits(call: &Call<'_>) -> Answer {
    let mut out = Map::new();
    for Allowance { name, most, left } in allowances(call.practice) {
        let mut limit = json!({ "Max": most, "Remaining": left });
        if name == PERMISSION_SETS {
            limit["CreateCustom"] = json!({ "Max": 1_000, "Remaining": 1_000 });
        }
        out.insert(name.to_owned(), limit);
    }
    Answer::json(200, &out)
}

/// `GET /limits/recordCount?sObjects=Account,Contact`.
pub(super) fn record_count(call: &Call<'_>) -> Answer {
    let wanted = call
        .parameter("sObjects")
        .map(|list| list.split(',').map(str::trim).collect::<Vec<_>>());
    let state = call.snapshot();
    let counts: Vec<Value> = call
        .practice
        .org
        .schema()
        .objects
        .iter()
        .filter(|object| call.access.object(object).read)
        .filter(|object| {
            wanted.as_ref().is_none_or(|wanted| {
                wanted
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&object.name))
            })
        })
        .map(|object| json!({ "count": state.table(object).live_count(), "name": object.name }))
        .collect();
    Answer::json(200, &json!({ "sObjects": counts }))
}
