//! `salesforce_search`: words over several objects at once, or a SOSL statement.
//!
//! Must not know: how Salesforce's index works, other than that it lags behind changes.

use super::super::{names, objects, pages, rest, statement, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Error, Result, Touches};
use gatelodge_provider::{
    Caller, Descriptor, Hides, Looking, ReadRequest, ReadTool, ToolRef, tool::reading,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MOST: u32 = 2_000;
const USUAL: u32 = 50;
const MOST_OBJECTS: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The words to look for, at least two characters; all must occur. Give this or `sosl`.
    term: Option<String>,
    /// The objects to look in, such as `["Account", "Contact"]`; every one's records come with their name. Left out: all searchable objects, and records come with their id only.
    objects: Option<Vec<String>>,
    /// A whole SOSL statement instead of `term`, such as `FIND {Acme} IN NAME FIELDS RETURNING Account(Id, Name)`.
    sosl: Option<String>,
    /// At most this many records in all, 1 to 2000; 50 if left out. For `term` only; SOSL has its own LIMIT.
    #[schemars(range(min = 1, max = 2000))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The records found: Salesforce's fields and values, and `attributes.type`, the object's API name.
    records: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    search_records: Vec<Map<String, Value>>,
}

struct Search;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_search",
        "Search records",
        "Finds records by words in any of their text fields, over several Salesforce objects at once. Records changed a moment ago may be missing: the search index follows after seconds or minutes. To filter by exact values use salesforce_query.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, Search))
}

#[async_trait]
impl ReadTool for Search {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        if let Some(sosl) = &input.sosl {
            return touches::search(looking, sosl).await;
        }
        let objects = input.objects.as_deref().unwrap_or_default();
        touches::words(looking, objects, input.limit.unwrap_or(USUAL)).await
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_records(result, hides)
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let limit = pages::check_limit(input.limit, MOST)?;
        let request = match (&input.term, &input.sosl) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid(
                    "sosl",
                    "Give either `term` or `sosl`, not both.",
                ));
            }
            (None, None) => {
                return Err(Error::invalid(
                    "term",
                    "`term` is missing. Give the words to look for, or a statement in `sosl`.",
                ));
            }
            (None, Some(_)) if input.objects.is_some() || limit.is_some() => {
                return Err(Error::invalid(
                    "sosl",
                    "With `sosl`, name objects and LIMIT in the statement instead of `objects` and `limit`.",
                ));
            }
            (None, Some(sosl)) => {
                ReadRequest::get(rest::path(&["search"])).query("q", statement::search(sosl)?)
            }
            (Some(term), None) => {
                let objects = input.objects.as_deref().unwrap_or_default();
                by_term(caller, term, objects, limit.unwrap_or(USUAL)).await?
            }
        };
        let answer: Answer = rest::get(caller, request).await?;
        let mut records = answer.search_records;
        records.iter_mut().for_each(pages::tidy);
        Ok(Output { records })
    }
}

/// "Parameterized Search": the server escapes the words, so they can be no operators.
async fn by_term(
    caller: &dyn Caller,
    term: &str,
    given: &[String],
    limit: u32,
) -> Result<ReadRequest> {
    let term = term.trim();
    if term.chars().count() < 2 {
        return Err(Error::invalid(
            "term",
            "`term` needs at least two characters; Salesforce finds nothing with fewer.",
        ));
    }
    if given.len() > MOST_OBJECTS {
        return Err(Error::invalid(
            "objects",
            format!("`objects` takes at most {MOST_OBJECTS} names."),
        ));
    }
    let mut request = ReadRequest::get(rest::path(&["parameterizedSearch"]))
        .query("q", term)
        .query("overallLimit", limit.to_string());
    let mut known: Vec<String> = Vec::new();
    for (index, name) in given.iter().enumerate() {
        let argument = format!("objects[{index}]");
        let object = objects::describe(caller, &argument, name).await?;
        if !object.supports.searchable {
            return Err(Error::invalid(
                argument,
                format!(
                    "{} ({}) cannot be searched. Use salesforce_query.",
                    object.label, object.name
                ),
            ));
        }
        if known.contains(&object.name) {
            continue;
        }
        names::check(&argument, &object.name)?;
        let name_field = object.name_field().map(|field| field.name.as_str());
        let mut fields = vec!["Id"];
        fields.extend(name_field);
        fields.extend(
            object
                .present(&["Subject"])
                .into_iter()
                .filter(|field| Some(*field) != name_field),
        );
        request = request
            .query("sobject", object.name.as_str())
            .query(&format!("{}.fields", object.name), fields.join(","));
        known.push(object.name);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, response};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    fn org() -> Scripted {
        let found = json!({"searchRecords": [
            {"attributes": {"type": "Account", "url": "/x"}, "Id": "001dM00003jU9GxQAK", "Name": "Acme"}]});
        Scripted::org()
            .on("parameterizedSearch", response(200, &found))
            .on("search", response(200, &found))
    }

    fn input(value: Value) -> Input {
        serde_json::from_value(value).unwrap()
    }

    #[tokio::test]
    async fn words_are_looked_for_in_several_objects() {
        // proves SF-4
        let org = org();
        let words =
            input(json!({"term": " Acme {x} ", "objects": ["accounts", "Case", "Account"]}));
        let output = Search.call(&org, words).await.unwrap();
        assert_eq!(
            Value::Object(output.records[0].clone()),
            json!({"attributes": {"type": "Account"}, "Id": "001dM00003jU9GxQAK", "Name": "Acme"})
        );
        let query = org.requests().pop().unwrap().query;
        let query: Vec<_> = query
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            query,
            [
                ("q", "Acme {x}"),
                ("overallLimit", "50"),
                ("sobject", "Account"),
                ("Account.fields", "Id,Name"),
                ("sobject", "Case"),
                ("Case.fields", "Id,CaseNumber,Subject"),
            ]
        );
    }

    #[tokio::test]
    async fn a_statement_is_sent_as_it_is() {
        let org = org();
        let sosl = "FIND {Acme} RETURNING Account(Id, Name)";
        Search
            .call(&org, input(json!({"sosl": sosl})))
            .await
            .unwrap();
        assert_eq!(org.last_query("q").as_deref(), Some(sosl));
    }

    #[tokio::test]
    async fn wrong_arguments_are_named() {
        for (bad, field) in [
            (json!({}), "term"),
            (json!({"term": "x"}), "term"),
            (json!({"term": "Acme", "sosl": "FIND {x}"}), "sosl"),
            (json!({"sosl": "FIND x"}), "sosl"),
            (json!({"sosl": "FIND {xx}", "objects": ["Account"]}), "sosl"),
            (json!({"term": "Acme", "limit": 2001}), "limit"),
            (json!({"term": "Acme", "objects": vec!["A"; 21]}), "objects"),
        ] {
            let error = Search
                .call(&Unreachable, input(bad.clone()))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{bad}");
            assert_eq!(error.field(), Some(field), "{bad}");
        }
        let unknown = input(json!({"term": "Acme", "objects": ["Acount"]}));
        let error = Search.call(&org(), unknown).await.unwrap_err();
        assert_eq!(error.field(), Some("objects[0]"));
    }
}
