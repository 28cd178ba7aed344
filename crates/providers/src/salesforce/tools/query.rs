//! `salesforce_query`: SOQL that only reads, page by page.
//!
//! Must not know: objects and fields; Salesforce judges those, and `explain` looks up what may be meant.

use super::super::{explain, pages, pages::Page, statement, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Error, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Hides, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Salesforce's own cap of one query is higher; more than this helps no agent.
const MOST: u32 = 50_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The SOQL statement, such as `SELECT Id, Name FROM Account WHERE Industry = 'Banking' ORDER BY Name`. Needed unless `cursor` is given.
    soql: Option<String>,
    /// At most this many records in all, 1 to 50000: adds or lowers LIMIT. Up to 2000 come in one answer; without it pages have 200.
    #[schemars(range(min = 1, max = 50_000))]
    limit: Option<u32>,
    /// `cursor` of the previous answer, for its next page; `soql` is then not read again.
    cursor: Option<String>,
}

struct Query;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Page>(
        "salesforce_query",
        "Query records",
        "Runs a SOQL query as the connected user and returns the records. Read-only: FOR VIEW, FOR REFERENCE and UPDATE clauses are refused. Long results come in pages: while `done` is false, call again with `cursor`.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, Query))
}

#[async_trait]
impl ReadTool for Query {
    type Input = Input;
    type Output = Page;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        match (&input.soql, &input.cursor) {
            (Some(soql), None) => touches::query(looking, soql, input.limit).await,
            // The first page was looked at with its statement; of this one, the records are.
            _ => Ok(Touches {
                records: Some(input.limit.unwrap_or(pages::PAGE).into()),
                ..Touches::default()
            }),
        }
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_records(result, hides)
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Page> {
        let limit = pages::check_limit(input.limit, MOST)?;
        match (&input.soql, &input.cursor) {
            (_, Some(cursor)) => pages::next(caller, cursor, limit)
                .await
                .map_err(pages::explain_lost_cursor),
            (Some(soql), None) => {
                let soql = statement::query(soql, limit)?;
                match pages::query(caller, soql.clone(), limit).await {
                    Err(error) => Err(explain::unknown_names(caller, &soql, error).await),
                    answer => answer,
                }
            }
            (None, None) => Err(Error::invalid(
                "soql",
                "`soql` is missing. Give a SOQL statement, or `cursor` for the next page of an earlier one.",
            )),
        }
    }

    fn into_json(page: Page) -> Result<Value> {
        Ok(page.into_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, refusal, response};
    use gatelodge_model::ErrorKind;
    use serde_json::{Value, json};

    const NEXT: &str = "/services/data/v66.0/query/0r8xx5R2yF2gs3VASQ-200";

    fn input(value: Value) -> Input {
        serde_json::from_value(value).unwrap()
    }

    fn org() -> Scripted {
        let record = json!({"attributes": {"type": "Account", "url": "/x"}, "Name": "Acme"});
        Scripted::org()
            .on(
                "query",
                response(
                    200,
                    &json!({"totalSize": 201, "done": false,
                "nextRecordsUrl": NEXT, "records": [record]}),
                ),
            )
            .at(
                NEXT,
                response(
                    200,
                    &json!({"totalSize": 201, "done": true, "records": [record]}),
                ),
            )
    }

    #[tokio::test]
    async fn pages_follow_each_other_until_done() {
        // proves SF-3, SF-17
        let org = org();
        let soql = "SELECT Name FROM Account";
        let first = Query
            .call(&org, input(json!({"soql": soql})))
            .await
            .unwrap();
        assert_eq!(org.last_query("q").as_deref(), Some(soql));
        let header = &org.requests()[0].headers[0];
        assert_eq!(
            header,
            &(
                "Sforce-Query-Options".to_owned(),
                "batchSize=200".to_owned()
            )
        );
        assert!(!first.done);
        assert_eq!(first.total_size, 201);
        assert_eq!(
            Value::Object(first.records[0].clone()),
            json!({"attributes": {"type": "Account"}, "Name": "Acme"})
        );
        let again = input(json!({"soql": soql, "cursor": first.cursor.unwrap()}));
        let last = Query.call(&org, again).await.unwrap();
        assert!(last.done && last.cursor.is_none());
        assert_eq!(org.requests()[1].path, NEXT);
    }

    #[tokio::test]
    async fn a_limit_makes_one_answer() {
        let org = org();
        let limited = input(json!({"soql": "SELECT Name FROM Account", "limit": 1000}));
        Query.call(&org, limited).await.unwrap();
        assert_eq!(
            org.last_query("q").as_deref(),
            Some("SELECT Name FROM Account LIMIT 1000")
        );
        assert_eq!(org.requests()[0].headers[0].1, "batchSize=1000");
    }

    #[tokio::test]
    async fn nothing_is_sent_that_is_wrong_or_writes() {
        // proves SF-3: the refusal comes before any call
        for (bad, field) in [
            (json!({}), "soql"),
            (json!({"soql": ""}), "soql"),
            (json!({"soql": "SELECT Id FROM"}), "soql"),
            (json!({"soql": "SELECT Id FROM Account FOR VIEW"}), "soql"),
            (
                json!({"soql": "SELECT Id FROM Account", "limit": 0}),
                "limit",
            ),
            (
                json!({"soql": "SELECT Id FROM Account", "limit": 50_001}),
                "limit",
            ),
            (json!({"cursor": "../x"}), "cursor"),
        ] {
            let error = Query
                .call(&Unreachable, input(bad.clone()))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{bad}");
            assert_eq!(error.field(), Some(field), "{bad}");
        }
    }

    #[tokio::test]
    async fn salesforces_own_refusal_is_passed_on() {
        // proves SF-8
        let text = "\nSELECT Foo__c FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo__c'";
        let org = Scripted::org().on("query", refusal(400, "INVALID_FIELD", text, &[]));
        let soql = input(json!({"soql": "SELECT Foo__c FROM Account"}));
        let error = Query.call(&org, soql).await.unwrap_err();
        let detail = error.provider().unwrap();
        assert_eq!(
            (detail.code.as_str(), detail.message.as_str()),
            ("INVALID_FIELD", text)
        );
    }
}
