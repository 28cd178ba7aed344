//! `/limits` and `/limits/recordCount`.
//!
//! Must not know who counts requests; it only reads the counter.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;

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

/// `GET /limits`.
pub(super) fn limits(call: &Call<'_>) -> Answer {
    let mut out = Map::new();
    let mut put = |name: &str, most: u64, left: u64| {
        drop(out.insert(name.to_owned(), json!({ "Max": most, "Remaining": left })));
    };
    let usage = &call.practice.usage;
    put(
        "DailyApiRequests",
        usage.allowance(),
        usage.allowance().saturating_sub(usage.used()),
    );
    let records: usize = call
        .practice
        .org
        .object_counts()
        .iter()
        .map(|(_, count)| count)
        .sum();
    // The platform counts two kilobytes for a record, whatever is in it.
    let used = u64::try_from(records).unwrap_or(0) * 2 / 1024;
    put("DataStorageMB", 5, 5_u64.saturating_sub(used));
    let queries = call.practice.options.daily_bulk_queries;
    let ordered = call.practice.jobs.queries_today(call.practice.org.now());
    put(
        "DailyBulkV2QueryJobs",
        queries,
        queries.saturating_sub(ordered),
    );
    for (name, most) in ALLOWANCES {
        put(name, most, most.saturating_sub(usage.spent(name)));
    }
    out.insert("PermissionSets".to_owned(), json!({ "Max": 1500, "Remaining": 1500, "CreateCustom": { "Max": 1000, "Remaining": 1000 } }));
    out.sort_keys();
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
