//! `salesforce_count_records`: how many records fit a condition, without reading any.
//!
//! Must not know: objects and fields beyond the name of the one that is counted.

use super::super::{explain, objects, pages, statement, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Error, ErrorKind, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object whose records are counted: API name such as `Account` or `Invoice__c`, or its label. Give this or `soql`.
    object: Option<String>,
    /// A SOQL condition, what would follow WHERE, such as `Industry = 'Banking' AND AnnualRevenue > 1000000`; all records if left out.
    condition: Option<String>,
    /// Instead of `object`: a whole SOQL statement whose records are counted. Its fields and order do not matter; it may not group.
    soql: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// How many records there are that the connected user can see.
    count: u64,
    /// The statement that counted them.
    soql: String,
}

struct CountRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_count_records",
        "Count records",
        "Counts the Salesforce records that fit a condition, as the connected user, without reading them. Use it before a long query or an export. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, CountRecords))
}

#[async_trait]
impl ReadTool for CountRecords {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let soql = match (&input.object, &input.soql) {
            (_, Some(soql)) => statement::count(soql)?,
            (Some(object), None) => {
                let touched = touches::records(looking, object, Some(&[]), Some(0)).await?;
                let Some(known) = touched.objects.first() else {
                    return Ok(touched);
                };
                statement::count_where(&known.object, input.condition.as_deref())?
            }
            (None, None) => return Ok(Touches::nothing()),
        };
        touches::query(looking, &soql, None).await
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let soql = match (&input.object, &input.soql) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("soql", "Give `object` or `soql`, not both."));
            }
            (None, Some(_)) if input.condition.is_some() => {
                return Err(Error::invalid(
                    "condition",
                    "`condition` goes with `object`; write it into `soql`.",
                ));
            }
            (None, Some(soql)) => statement::count(soql)?,
            (Some(object), None) => {
                let object = objects::describe(caller, "object", object).await?;
                statement::count_where(&object.name, input.condition.as_deref())?
            }
            (None, None) => {
                return Err(Error::invalid(
                    "object",
                    "`object` is missing. Give an object, or a whole statement as `soql`.",
                ));
            }
        };
        match pages::query(caller, soql.clone(), Some(1)).await {
            Ok(page) if page.done => Ok(Output {
                count: page.total_size,
                soql,
            }),
            Ok(_) => Err(Error::new(
                ErrorKind::ProviderUnavailable,
                "Salesforce answered a count with a list.",
            )),
            Err(error) => Err(explain::unknown_names(caller, &soql, error).await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, response};
    use serde_json::{Value, json};

    fn input(value: Value) -> Input {
        serde_json::from_value(value).unwrap()
    }

    fn org() -> Scripted {
        Scripted::org().on(
            "query",
            response(200, &json!({"totalSize": 42, "done": true, "records": []})),
        )
    }

    #[tokio::test]
    async fn nothing_is_read_to_count() {
        // proves SF-3
        for (given, sent) in [
            (json!({"object": "Account"}), "SELECT COUNT() FROM Account"),
            (
                json!({"object": "accounts", "condition": "Name LIKE 'A%' OR Phone = null"}),
                "SELECT COUNT() FROM Account WHERE Name LIKE 'A%' OR Phone = NULL",
            ),
            (
                json!({"soql": "SELECT Id, Name FROM Account WHERE Name = 'x' ORDER BY Name LIMIT 5"}),
                "SELECT COUNT() FROM Account WHERE Name = 'x' LIMIT 5",
            ),
        ] {
            let org = org();
            let output = CountRecords.call(&org, input(given)).await.unwrap();
            assert_eq!((output.count, output.soql.as_str()), (42, sent));
            assert_eq!(org.last_query("q").as_deref(), Some(sent));
        }
    }

    #[tokio::test]
    async fn a_condition_is_a_condition_and_nothing_else() {
        // proves SF-3: nothing is sent that is wrong or writes
        for (bad, field) in [
            (json!({}), "object"),
            (json!({"object": "A", "soql": "SELECT Id FROM A"}), "soql"),
            (
                json!({"soql": "SELECT Id FROM A", "condition": "x = 1"}),
                "condition",
            ),
            (json!({"soql": "SELECT Id FROM A FOR VIEW"}), "soql"),
            (json!({"soql": "SELECT Type FROM A GROUP BY Type"}), "soql"),
        ] {
            let error = CountRecords.call(&Unreachable, input(bad.clone())).await;
            assert_eq!(error.unwrap_err().field(), Some(field), "{bad}");
        }
        for condition in [
            "",
            "Name = 'a' LIMIT 5",
            "Name = 'a' FOR VIEW",
            "Name = 'a' ORDER BY Name",
            "Name = 'a' GROUP BY Name",
            "Name = ",
        ] {
            let given = json!({"object": "Account", "condition": condition});
            let error = CountRecords.call(&org(), input(given)).await.unwrap_err();
            assert_eq!(error.field(), Some("condition"), "{condition}");
        }
    }
}
