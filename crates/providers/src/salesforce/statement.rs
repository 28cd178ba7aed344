//! Statements that callers wrote: read before they are sent, so that a reading tool only reads and a wrong
//! statement is answered at once.
//!
//! Must not know: which objects and fields an org has; Salesforce judges those.

use gatelodge_model::{Error, ProviderDetail, Result, WhoMustAct};
use gatelodge_soql::{
    NotCountable, ParseError, Statement, ast::SelectItem, is_read_only, parse, parse_search,
    to_count, with_limit,
};

/// Checks a SOQL statement and lowers its LIMIT.
///
/// # Errors
/// `invalid_argument` for `soql`: a syntax error in Salesforce's own caret form, or a clause that writes.
pub(super) fn query(text: &str, limit: Option<u32>) -> Result<String> {
    let query = parse(text).map_err(|error| syntax("soql", text, &error))?;
    reads_only("soql", &query)?;
    let Some(limit) = limit else {
        return Ok(text.to_owned());
    };
    let limited = with_limit(query.clone(), u64::from(limit));
    // The caller's own text where nothing changed: Salesforce's carets then point into it.
    Ok(if limited == query {
        text.to_owned()
    } else {
        limited.to_string()
    })
}

/// The statement that counts what another would list.
///
/// # Errors
/// As [`query`]; also where a number of records has no meaning.
pub(super) fn count(text: &str) -> Result<String> {
    let query = parse(text).map_err(|error| syntax("soql", text, &error))?;
    reads_only("soql", &query)?;
    let counting = to_count(query).map_err(|reason| {
        let what = match reason {
            NotCountable::Grouped(_) => "GROUP BY lists groups, not records",
            NotCountable::Aggregated(_) => "An aggregate gives one row, whatever there is",
            NotCountable::Paged(_) => "OFFSET has no meaning for a count",
            NotCountable::Writes(_) => "A clause of the statement writes",
        };
        Error::invalid(
            "soql",
            format!("{what}. Run the statement with salesforce_query, or leave that out."),
        )
    })?;
    Ok(counting.to_string())
}

/// The statement that counts the records of an object, all or those that fit a condition.
///
/// # Errors
/// `invalid_argument` for `condition` where it is none, or more than one.
pub(super) fn count_where(object: &str, condition: Option<&str>) -> Result<String> {
    let Some(condition) = condition else {
        return Ok(format!("SELECT COUNT() FROM {object}"));
    };
    let text = format!("SELECT COUNT() FROM {object} WHERE {condition}");
    let query = parse(&text).map_err(|error| syntax("condition", &text, &error))?;
    reads_only("condition", &query)?;
    let mut bare = query.clone();
    (bare.scope, bare.group_by, bare.having) = (None, None, None);
    (bare.limit, bare.offset) = (None, None);
    bare.with.clear();
    bare.order_by.clear();
    if bare != query {
        return Err(Error::invalid(
            "condition",
            "`condition` is what follows WHERE, without any clause after it. Give a whole statement as `soql` instead.",
        ));
    }
    Ok(query.to_string())
}

/// Checks a statement that shall be exported ("Bulk API 2.0 Developer Guide, Query: SOQL considerations").
///
/// # Errors
/// As [`query`]; also for what Salesforce does not export.
pub(super) fn export(text: &str) -> Result<String> {
    let query = parse(text).map_err(|error| syntax("soql", text, &error))?;
    reads_only("soql", &query)?;
    let refused = if query.group_by.is_some() {
        Some("GROUP BY")
    } else if query.offset.is_some() {
        Some("OFFSET")
    } else {
        query.select.iter().find_map(|item| match item {
            SelectItem::CountAll(_) => Some("COUNT(), which salesforce_count_records gives"),
            SelectItem::Subquery(_) => Some("lists of children"),
            SelectItem::TypeOf(_) => Some("TYPEOF"),
            SelectItem::Fields(_) if query.limit.is_none_or(|limit| limit.value > 200) => {
                Some("FIELDS() without LIMIT 200")
            }
            SelectItem::Fields(_) => None,
            SelectItem::Expression(selected) => {
                let aggregates = selected.expression.is_aggregate();
                aggregates.then_some("aggregates")
            }
        })
    };
    match refused {
        None => Ok(text.to_owned()),
        Some(what) => Err(Error::invalid(
            "soql",
            format!("Salesforce does not export {what}. Nothing was sent."),
        )
        .with_hint(
            WhoMustAct::Caller,
            "Leave it out, or run the statement with salesforce_query.",
        )),
    }
}

/// Checks a SOSL statement.
///
/// # Errors
/// As [`query`], for `sosl`.
pub(super) fn search(text: &str) -> Result<String> {
    let search = parse_search(text).map_err(|error| syntax("sosl", text, &error))?;
    reads_only("sosl", &search)?;
    Ok(text.to_owned())
}

fn reads_only(field: &str, statement: &impl Statement) -> Result<()> {
    is_read_only(statement).map_err(|effect| {
        let clause = effect.clause.name();
        Error::invalid(
            field,
            format!(
                "This tool only reads, and {clause} writes: {}. Nothing was sent.",
                effect.clause.effect()
            ),
        )
        .with_hint(WhoMustAct::Caller, format!("Leave out {clause}."))
    })
}

fn syntax(field: &str, text: &str, error: &ParseError) -> Error {
    let message = error.render(text);
    Error::invalid(field, message.clone())
        .with_hint(
            WhoMustAct::Caller,
            "Correct the statement at the caret and call again. Nothing was sent to Salesforce.",
        )
        .with_provider(ProviderDetail {
            provider: "salesforce".to_owned(),
            // No answer of Salesforce: the statement was judged here, in its form.
            status: 0,
            code: error.code.as_str().to_owned(),
            message,
            fields: Vec::new(),
            request_id: None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_that_write_are_refused_with_the_reason() {
        // proves SF-3
        for (text, clause) in [
            ("SELECT Id FROM Account FOR VIEW", "FOR VIEW"),
            ("SELECT Id FROM Account for reference", "FOR REFERENCE"),
            ("SELECT Id FROM Account LIMIT 5 FOR\nVIEW", "FOR VIEW"),
        ] {
            let error = query(text, None).unwrap_err();
            assert_eq!(error.field(), Some("soql"));
            assert!(error.message().contains(clause), "{text}: {error}");
        }
        let harmless = "SELECT Id FROM Account WHERE Name = 'FOR VIEW'";
        assert_eq!(query(harmless, None).unwrap(), harmless);
        let error = search("FIND {x} RETURNING Account UPDATE TRACKING").unwrap_err();
        assert_eq!(error.field(), Some("sosl"));
        assert!(search("FIND {Acme} RETURNING Account(Id, Name)").is_ok());
    }

    #[test]
    fn a_syntax_error_keeps_the_caret() {
        let error = query("SELECT Id FROM", None).unwrap_err();
        assert!(error.message().contains('\n'), "{error}");
        assert!(error.message().contains('^'), "{error}");
        assert!(
            error.message().contains("ERROR at Row:1:Column:"),
            "{error}"
        );
        assert_eq!(error.provider().unwrap().code, "MALFORMED_QUERY");
        for text in [
            "",
            "DELETE FROM Account",
            "SELECT Id FROM A; SELECT Id FROM B",
        ] {
            assert!(query(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_added_or_lowered() {
        let limited = query("SELECT Id FROM Account LIMIT 500", Some(10)).unwrap();
        assert_eq!(limited, "SELECT Id FROM Account LIMIT 10");
        let kept = "select Id from Account limit 5";
        assert_eq!(query(kept, Some(10)).unwrap(), kept);
    }
}
