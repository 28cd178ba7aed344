//! Lists of records as tools give them, and the cursor to the next page.
//!
//! A record keeps Salesforce's fields and values; of `attributes` only `type` stays, because the address
//! would cost an agent more than it tells. A list of child records has the same form as the whole answer.
//! Must not know: where a list came from.

use super::rest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use gatelodge_provider::{Caller, ReadRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Records in a page unless the caller asks for more in one answer: what an agent can still read.
pub(super) const PAGE: u32 = 200;

/// Salesforce's largest page ("REST API Developer Guide, Query Options Header").
const LARGEST_PAGE: u32 = 2_000;

/// A page of records.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    /// The records: Salesforce's fields and values, and `attributes.type`, the object's API name.
    pub(super) records: Vec<Map<String, Value>>,
    /// How many records there are in all pages together; for `SELECT COUNT()` the count itself.
    pub(super) total_size: u64,
    /// Whether this is the last page.
    pub(super) done: bool,
    /// Give this as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
}

impl Page {
    /// The page as JSON, in the same form as it is serialised in, without copying the records.
    pub(super) fn into_json(self) -> Value {
        let mut page = Map::new();
        let records = self.records.into_iter().map(Value::Object).collect();
        page.insert("records".to_owned(), Value::Array(records));
        page.insert("total_size".to_owned(), self.total_size.into());
        page.insert("done".to_owned(), self.done.into());
        if let Some(cursor) = self.cursor {
            page.insert("cursor".to_owned(), cursor.into());
        }
        Value::Object(page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    total_size: u64,
    done: bool,
    next_records_url: Option<String>,
    records: Vec<Map<String, Value>>,
}

/// Runs a checked statement; `limit` is how many records the caller wants at most, if it said so.
pub(super) async fn query(caller: &dyn Caller, soql: String, limit: Option<u32>) -> Result<Page> {
    let request = ReadRequest::get(rest::path(&["query"])).query("q", soql);
    page(caller, request, limit).await
}

/// As [`query`], of the first page, with the records that are in the recycle bin ("`QueryAll`").
pub(super) async fn query_all(caller: &dyn Caller, soql: String) -> Result<Page> {
    let request = ReadRequest::get(rest::path(&["queryAll"])).query("q", soql);
    page(caller, request, None).await
}

/// Reads the page that a cursor stands for.
pub(super) async fn next(caller: &dyn Caller, cursor: &str, limit: Option<u32>) -> Result<Page> {
    page(caller, ReadRequest::get(locator(cursor)?), limit).await
}

async fn page(caller: &dyn Caller, request: ReadRequest, limit: Option<u32>) -> Result<Page> {
    let size = limit.unwrap_or(PAGE).clamp(PAGE, LARGEST_PAGE);
    let request = request.header("Sforce-Query-Options", format!("batchSize={size}"));
    let answer: Answer = rest::get(caller, request).await?;
    let mut records = answer.records;
    records.iter_mut().for_each(tidy);
    Ok(Page {
        records,
        total_size: answer.total_size,
        done: answer.done,
        cursor: answer.next_records_url.as_deref().map(cursor),
    })
}

/// Takes the addresses out of a record, and gives lists of children the form of a page.
pub(super) fn tidy(record: &mut Map<String, Value>) {
    if let Some(Value::Object(attributes)) = record.get_mut("attributes") {
        attributes.retain(|key, _| key == "type");
    }
    for value in record.values_mut() {
        match value {
            Value::Object(inner) if is_list(inner) => tidy_list(inner),
            Value::Object(inner) if inner.contains_key("attributes") => tidy(inner),
            _ => {}
        }
    }
}

fn is_list(value: &Map<String, Value>) -> bool {
    value.contains_key("records") && value.contains_key("totalSize")
}

fn tidy_list(list: &mut Map<String, Value>) {
    if let Some(Value::Array(records)) = list.get_mut("records") {
        for record in records {
            if let Value::Object(record) = record {
                tidy(record);
            }
        }
    }
    let mut page = Map::new();
    for (from, to) in [
        ("records", "records"),
        ("totalSize", "total_size"),
        ("done", "done"),
    ] {
        if let Some(value) = list.remove(from) {
            page.insert(to.to_owned(), value);
        }
    }
    if let Some(Value::String(next)) = list.remove("nextRecordsUrl") {
        page.insert("cursor".to_owned(), Value::String(cursor(&next)));
    }
    *list = page;
}

/// Salesforce's locator, opaque to callers.
fn cursor(next_records_url: &str) -> String {
    URL_SAFE_NO_PAD.encode(next_records_url)
}

/// The path behind a cursor: a query locator and nothing else, so that a made-up cursor reads nothing.
fn locator(cursor: &str) -> Result<String> {
    URL_SAFE_NO_PAD
        .decode(cursor.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|path| is_locator(path))
        .ok_or_else(|| {
            Error::invalid(
                "cursor",
                "`cursor` is not one that an earlier answer of this tool gave. Leave it out to start at the first page.",
            )
        })
}

/// `/services/data/v66.0/query/0r8xx5R2yF2gs3VASQ-2000`.
fn is_locator(path: &str) -> bool {
    let Some((version, locator)) = path
        .strip_prefix("/services/data/v")
        .and_then(|rest| rest.split_once("/query/"))
    else {
        return false;
    };
    let is_version = version.split_once('.').is_some_and(|(major, minor)| {
        [major, minor].iter().all(|digits| {
            (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    is_version
        && (1..=200).contains(&locator.len())
        && locator
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Checks a limit.
pub(super) fn check_limit(limit: Option<u32>, most: u32) -> Result<Option<u32>> {
    match limit {
        Some(limit) if limit == 0 || limit > most => Err(Error::invalid(
            "limit",
            format!("`limit` must be between 1 and {most}; it is {limit}."),
        )),
        limit => Ok(limit),
    }
}

/// Explains a cursor that Salesforce no longer knows.
pub(super) fn explain_lost_cursor(error: Error) -> Error {
    if error.kind() == ErrorKind::ProviderNotFound {
        error.with_hint(
            WhoMustAct::Caller,
            "Salesforce forgot this cursor (it keeps ten per user, for two days). Run the query again without cursor.",
        )
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cursor_leads_to_a_query_locator_or_nowhere() {
        // proves SF-17, S7
        let path = "/services/data/v66.0/query/0r8xx5R2yF2gs3VASQ-2000";
        assert_eq!(locator(&cursor(path)).unwrap(), path);
        for bad in [
            "/services/data/v66.0/sobjects/Account",
            "/services/data/v66.0/query/../sobjects",
            "/services/data/v66.0/query/a/b",
            "/services/data/v66.0/query/a?q=SELECT",
            "/services/data/v66.0/query/",
            "/services/data/v66.0/query/%2e%2e",
            "/services/data/vx.0/query/a",
            "https://evil.tld/services/data/v66.0/query/a",
            "//evil.tld/query/a",
        ] {
            let error = locator(&cursor(bad)).unwrap_err();
            assert_eq!(error.field(), Some("cursor"), "{bad}");
        }
        assert!(locator("!!!").is_err() && locator("").is_err());
    }

    #[test]
    fn records_lose_addresses_and_nothing_else() {
        let next = "/services/data/v66.0/query/0r8-200";
        let Value::Object(mut record) = json!({
            "attributes": {"type": "Account", "url": "/x"}, "Name": "Acme", "Phone": null,
            "BillingAddress": {"city": "Ulm", "street": null},
            "Owner": {"attributes": {"type": "User", "url": "/x"}, "Name": "Ada"},
            "Contacts": {"totalSize": 300, "done": false, "nextRecordsUrl": next,
                         "records": [{"attributes": {"type": "Contact", "url": "/x"}, "Id": "1"}]},
        }) else {
            panic!("an object")
        };
        tidy(&mut record);
        assert_eq!(
            Value::Object(record),
            json!({
                "attributes": {"type": "Account"}, "Name": "Acme", "Phone": null,
                "BillingAddress": {"city": "Ulm", "street": null},
                "Owner": {"attributes": {"type": "User"}, "Name": "Ada"},
                "Contacts": {"records": [{"attributes": {"type": "Contact"}, "Id": "1"}],
                             "total_size": 300, "done": false, "cursor": cursor(next)},
            })
        );
    }

    #[test]
    fn moving_a_page_gives_what_serialising_gives() {
        for cursor in [None, Some("abc".to_owned())] {
            let record = Map::from_iter([("Name".to_owned(), Value::from("Acme"))]);
            let page = Page {
                records: vec![record],
                total_size: 1,
                done: cursor.is_none(),
                cursor,
            };
            let serialised = serde_json::to_string(&page).unwrap();
            assert_eq!(page.into_json().to_string(), serialised);
        }
    }
}
