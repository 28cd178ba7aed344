//! `/query`: running statements, paging, and the plan of a statement.
//!
//! Must not know SOQL; the org does.

use std::sync::Arc;

use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::group::Seen;
use super::listviews;
use crate::org::query::{self, Asker, Found, Page, WrittenPage};
use crate::org::{ApiError, Id, State};

/// Page size when the caller asks for none.
const PAGE: usize = 2_000;
/// Smallest page size.
const SMALLEST_PAGE: usize = 200;
/// Letters of a locator behind its prefix.
const LOCATOR: usize = 17;

/// Who asks, of which rows.
pub(super) fn asker(call: &Call<'_>, deleted: bool) -> Asker {
    Asker {
        user: call.user,
        access: Arc::clone(&call.access),
        now: call.practice.org.now(),
        base: call.base.clone(),
        version: call.version,
        deleted,
    }
}

/// `GET /query?q=` and `GET /query?explain=`; `deleted` for `/queryAll`.
pub(super) fn run(call: &Call<'_>, deleted: bool) -> Result<Answer, ApiError> {
    if let Some(text) = call.parameter("explain") {
        return explain(call, text, deleted);
    }
    let text = call
        .parameter("q")
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| ApiError::malformed_query("A query string has to be specified"))?;
    answer(call, text, deleted)
}

/// Runs a statement and answers its first page.
pub(super) fn answer(call: &Call<'_>, text: &str, deleted: bool) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let state = call.snapshot();
    let found = Arc::new(query::run(
        org.schema(),
        &state,
        &asker(call, deleted),
        text,
    )?);
    if call
        .parameter("columns")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
    {
        return Ok(Answer::json(200, &found.columns(org.schema())));
    }
    if let Some((kind, rows)) = found.viewing() {
        call.remember(Seen::Viewed(rows.to_vec(), kind == query::Viewing::View));
    }
    let size = found.page_size(org.schema(), page_size(call));
    let written = page(call, &state, &found, None, 0, size);
    let mut kept = written.children;
    if let Some(locator) = written.next {
        kept.insert(0, (locator, found));
    }
    if !kept.is_empty() {
        org.cursors().open(call.user, org.now(), size, kept);
    }
    Ok(Answer::bytes(written.body))
}

/// `GET /query/LOCATOR-OFFSET`.
pub(super) fn more(call: &Call<'_>, locator: &str) -> Result<Answer, ApiError> {
    let unknown = || ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, from) = locator.rsplit_once('-').ok_or_else(unknown)?;
    let from: usize = from.parse().map_err(|_| unknown())?;
    let org = &call.practice.org;
    let (found, size) = org
        .cursors()
        .find(call.user, org.now(), name)
        .ok_or_else(unknown)?;
    if from == 0 || from >= found.rows() {
        return Err(unknown());
    }
    let written = page(call, &call.snapshot(), &found, Some(name), from, size);
    if !written.children.is_empty() {
        org.cursors().extend(call.user, name, written.children);
    }
    Ok(Answer::bytes(written.body))
}

fn page(
    call: &Call<'_>,
    state: &State,
    found: &Found,
    locator: Option<&str>,
    from: usize,
    size: usize,
) -> WrittenPage {
    let org = &call.practice.org;
    let page = Page {
        base: &call.base,
        from,
        size,
        locator,
        locators: &|| format!("0r8{}", org.random_letters(LOCATOR)),
    };
    found.page(org.schema(), state, page)
}

/// `batchSize` of `Sforce-Query-Options`, kept between 200 and 2000.
fn page_size(call: &Call<'_>) -> usize {
    call.option("sforce-query-options", "batchSize")
        .and_then(|size| size.parse::<usize>().ok())
        .map_or(PAGE, |size| size.clamp(SMALLEST_PAGE, PAGE))
}

/// The plans of a statement.
fn explain(call: &Call<'_>, text: &str, deleted: bool) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let list = Id::parse(text).and_then(|id| listviews::statement_of(call, id));
    let text = list.as_deref().unwrap_or(text);
    let plans = query::explain(org.schema(), &call.snapshot(), &asker(call, deleted), text)?;
    Ok(Answer::json(
        200,
        &json!({ "plans": plans, "sourceQuery": text }),
    ))
}
