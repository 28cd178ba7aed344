//! SOQL over a snapshot: from the parsed statement to a plan of positions, and from the plan to JSON text.
//!
//! Must not know HTTP. A plan holds no names to look up and no references, so that a cursor can keep it.
//! Source of the rules: "SOQL and SOSL Reference".

mod aggregate;
mod columns;
mod compile;
mod cursor;
mod dates;
mod filter;
mod groups;
mod joins;
mod literals;
mod output;
mod path;
mod rows;
mod select;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gatelodge_soql::{Span, ast, caret};

use super::access::Access;
use super::error::ApiError;
use super::id::Id;
use super::schema::{Object, Schema};
use super::state::{Record, State};
use super::value::write_display;

pub use cursor::Cursors;

/// Largest `OFFSET`.
const MOST_OFFSET: u64 = 2_000;
/// Most rows of a grouped result.
const MOST_GROUPS: usize = 2_000;

/// Whose query it is, and when.
#[derive(Clone, Debug)]
pub struct Asker {
    pub user: Id,
    pub access: Arc<Access>,
    pub now: DateTime<Utc>,
    /// `/services/data/v66.0`, for the addresses in rows.
    pub base: String,
}

/// A query ready to run, without names or references.
#[derive(Debug)]
pub struct Plan {
    object: usize,
    filter: Option<filter::Filter>,
    shape: Shape,
    order: Vec<rows::Order>,
    limit: Option<usize>,
    offset: usize,
}

#[derive(Debug)]
enum Shape {
    Rows(select::Node),
    Count,
    Groups(aggregate::Grouping),
}

/// What a query found.
#[derive(Debug)]
pub struct Found {
    plan: Arc<Plan>,
    state: Arc<State>,
    result: Rows,
}

#[derive(Debug)]
enum Rows {
    Records(Vec<Arc<Record>>),
    Count(usize),
    Groups(Vec<Vec<u8>>),
}

/// Reads, checks and runs a query.
///
/// # Errors
/// The query errors of the platform, with text and caret where it shows them.
pub fn run(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Found, ApiError> {
    let query = gatelodge_soql::parse(text)
        .map_err(|error| ApiError::malformed_query(error.render(text)))?;
    let compiler = compile::Compiler::new(schema, state, asker, text);
    let plan = Arc::new(compiler.plan(&query)?);
    let world = World { schema, state };
    let object = &schema.objects[plan.object];
    let result = match &plan.shape {
        Shape::Rows(_) => {
            let rows = rows::select(world, object, &plan, None);
            Rows::Records(rows.into_iter().map(Arc::clone).collect())
        }
        Shape::Count => Rows::Count(rows::select(world, object, &plan, None).len()),
        Shape::Groups(grouping) => Rows::Groups(groups::run(world, object, &plan, grouping)?),
    };
    Ok(Found {
        plan,
        state: Arc::clone(state),
        result,
    })
}

impl Found {
    /// The number of rows that the answer announces.
    pub fn total(&self) -> usize {
        match &self.result {
            Rows::Records(rows) => rows.len(),
            Rows::Count(count) => *count,
            Rows::Groups(groups) => groups.len(),
        }
    }

    /// Rows that `write_page` can give; `COUNT()` has a total but no rows.
    pub fn rows(&self) -> usize {
        match self.result {
            Rows::Count(_) => 0,
            _ => self.total(),
        }
    }

    /// Appends one page of the answer. `next` is the address of the following page.
    pub fn write_page(
        &self,
        out: &mut Vec<u8>,
        schema: &Schema,
        base: &str,
        from: usize,
        to: usize,
        next: Option<&str>,
    ) {
        write_display(
            out,
            format_args!(
                "{{\"totalSize\":{},\"done\":{}",
                self.total(),
                next.is_none()
            ),
        );
        if let Some(next) = next {
            write_display(out, format_args!(",\"nextRecordsUrl\":\"{next}\""));
        }
        out.extend_from_slice(b",\"records\":[");
        match (&self.result, &self.plan.shape) {
            (Rows::Records(rows), Shape::Rows(node)) => {
                let world = World {
                    schema,
                    state: &self.state,
                };
                let page: Vec<&Arc<Record>> =
                    rows.get(from..to).unwrap_or_default().iter().collect();
                output::write_rows(
                    out,
                    world,
                    base,
                    &schema.objects[self.plan.object],
                    node,
                    &page,
                );
            }
            (Rows::Groups(groups), _) => {
                for (index, group) in groups.get(from..to).unwrap_or_default().iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(group);
                }
            }
            _ => {}
        }
        out.extend_from_slice(b"]}");
    }

    /// The object asked and the field positions selected on it, for `columns=true`.
    pub fn object(&self) -> usize {
        self.plan.object
    }
}

/// What values are looked up in.
#[derive(Clone, Copy, Debug)]
pub(super) struct World<'a> {
    pub(super) schema: &'a Schema,
    pub(super) state: &'a State,
}

impl<'a> World<'a> {
    /// The live record behind an id, with its object.
    fn live(self, id: Id) -> Option<(&'a Object, &'a Arc<Record>)> {
        self.state
            .any_record(self.schema, id)
            .filter(|(object, record)| !record.deleted(object))
    }
}

/// Puts the text of the query and a caret before the reason of an error.
fn locate(text: &str, span: Span, mut error: ApiError) -> ApiError {
    error.entry.message = caret::render(text, span.start, &error.entry.message);
    error
}

/// What a search returns of one object: compiled like a query, but run over records found elsewhere.
pub struct Selection(Plan);

impl Selection {
    /// Compiles the clauses of a statement about a known object.
    ///
    /// # Errors
    /// As [`run`].
    pub fn compile(
        schema: &Schema,
        state: &Arc<State>,
        asker: &Asker,
        text: &str,
        object: &Object,
        query: &ast::Query,
    ) -> Result<Self, ApiError> {
        let object = &schema.objects[object.index];
        let plan = compile::Compiler::new(schema, state, asker, text).plan_of(object, query)?;
        match plan.shape {
            Shape::Rows(_) => Ok(Self(plan)),
            _ => Err(ApiError::malformed_query(
                "Aggregates are not allowed in a search",
            )),
        }
    }

    /// Appends what is selected of the records that satisfy the condition, at most `most`; gives their number.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        schema: &Schema,
        state: &State,
        base: &str,
        among: &[&Arc<Record>],
        most: usize,
    ) -> usize {
        let world = World { schema, state };
        let object = &schema.objects[self.0.object];
        let Shape::Rows(node) = &self.0.shape else {
            return 0;
        };
        let mut found = rows::select(world, object, &self.0, Some(among));
        found.truncate(most);
        if !found.is_empty() && !out.is_empty() {
            out.push(b',');
        }
        output::write_rows(out, world, base, object, node, &found);
        found.len()
    }
}
