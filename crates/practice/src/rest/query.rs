//! `/query`: running statements, paging, and the plan of a statement.
//!
//! Must not know SOQL; the org does.

use std::sync::Arc;

use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::group::Seen;
use crate::org::ApiError;
use crate::org::query::{self, Asker, Found};

/// Page size when the caller asks for none.
const PAGE: usize = 2_000;
/// Smallest page size.
const SMALLEST_PAGE: usize = 200;
/// Letters of a locator behind its prefix.
const LOCATOR: usize = 15;

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
    let found = Arc::new(query::run(
        org.schema(),
        &call.snapshot(),
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
    let page = page_size(call);
    let mut locator = None;
    if found.rows() > page {
        let name = format!("0r8{}", org.random_letters(LOCATOR));
        org.cursors()
            .open(call.user, name.clone(), Arc::clone(&found), page);
        locator = Some(name);
    }
    Ok(write_page(call, &found, locator.as_deref(), 0, page))
}

/// `GET /query/LOCATOR-OFFSET`.
pub(super) fn more(call: &Call<'_>, locator: &str) -> Result<Answer, ApiError> {
    let unknown = || ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, from) = locator.rsplit_once('-').ok_or_else(unknown)?;
    let from: usize = from.parse().map_err(|_| unknown())?;
    let (found, page) = call
        .practice
        .org
        .cursors()
        .find(call.user, name)
        .ok_or_else(unknown)?;
    if from == 0 || from >= found.rows() {
        return Err(unknown());
    }
    Ok(write_page(call, &found, Some(name), from, page))
}

fn write_page(
    call: &Call<'_>,
    found: &Found,
    locator: Option<&str>,
    from: usize,
    page: usize,
) -> Answer {
    let to = from.saturating_add(page).min(found.rows());
    let next = locator
        .filter(|_| to < found.rows())
        .map(|name| format!("{}/query/{name}-{to}", call.base));
    let mut out = Vec::with_capacity(256 + (to - from) * 256);
    found.write_page(
        &mut out,
        call.practice.org.schema(),
        &call.snapshot(),
        &call.base,
        from,
        to,
        next.as_deref(),
    );
    Answer::bytes(out)
}

/// `batchSize` of `Sforce-Query-Options`, kept between 200 and 2000.
fn page_size(call: &Call<'_>) -> usize {
    call.header("sforce-query-options")
        .and_then(|options| {
            options.split(',').find_map(|option| {
                let (key, value) = option.split_once('=')?;
                key.trim()
                    .eq_ignore_ascii_case("batchSize")
                    .then(|| value.trim().parse::<usize>().ok())?
            })
        })
        .map_or(PAGE, |size| size.clamp(SMALLEST_PAGE, PAGE))
}

/// The plans of a statement.
fn explain(call: &Call<'_>, text: &str, deleted: bool) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let plans = query::explain(org.schema(), &call.snapshot(), &asker(call, deleted), text)?;
    Ok(Answer::json(
        200,
        &json!({ "plans": plans, "sourceQuery": text }),
    ))
}
