//! SOQL over a snapshot: from the parsed statement to a plan of positions, and from the plan to JSON text.
//!
//! Must not know HTTP. A plan holds no names to look up and no references, so that a cursor can keep it.
//! Source of the rules: "SOQL and SOSL Reference".

mod aggregate;
mod children;
mod columns;
mod compile;
mod cursor;
mod dates;
mod distance;
mod explain;
mod export;
mod filter;
mod groups;
mod joins;
mod literals;
mod lookup;
mod output;
mod path;
mod person;
mod rows;
mod scope;
mod select;
mod tally;
mod type_of;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gatelodge_soql::{Span, ast, caret};

use super::access::Access;
use super::error::ApiError;
use super::id::Id;
use super::schema::{Object, Schema};
use super::sharing;
use super::state::{Record, State};

pub use cursor::Cursors;
pub use explain::explain;
pub use export::{Export, ExportedRow};

/// Largest `OFFSET`.
const MOST_OFFSET: u64 = 2_000;
/// Most rows of a grouped result.
const MOST_GROUPS: usize = 2_000;
/// Rows of a page when each holds two long texts or more.
const WIDE_PAGE: usize = 200;

/// Whose query it is, and when.
#[derive(Clone, Debug)]
pub struct Asker {
    pub user: Id,
    pub access: Arc<Access>,
    pub now: DateTime<Utc>,
    /// `/services/data/v66.0`, for the addresses in rows.
    pub base: String,
    /// Major number of the API version; some rules are younger than others.
    pub version: u32,
    /// Deleted rows are asked for too (`queryAll`).
    pub deleted: bool,
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
    viewing: Option<Viewing>,
}

/// What a query does besides answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewing {
    /// `FOR VIEW`.
    View,
    /// `FOR REFERENCE`.
    Reference,
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
    user: Id,
    deleted: bool,
    result: Rows,
}

#[derive(Debug)]
enum Rows {
    /// Which rows and in which order; their content is looked up when a page is written.
    Records(Vec<Id>),
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
    let plan = plan(schema, state, asker, text)?;
    let world = World::of(schema, state, asker);
    let object = &schema.objects[plan.object];
    let result = match &plan.shape {
        Shape::Rows(_) => Rows::Records(rows::ids(world, object, &plan)),
        Shape::Count => Rows::Count(rows::count(world, object, &plan)),
        Shape::Groups(grouping) => Rows::Groups(groups::run(world, object, &plan, grouping)?),
    };
    Ok(Found {
        plan,
        user: asker.user,
        deleted: asker.deleted,
        result,
    })
}

/// Reads and checks a query whose rows are wanted one after the other, however many there are.
///
/// # Errors
/// As [`run`]; also for what has no flat row: groups, counts, child queries, compound fields.
pub fn export(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Export, ApiError> {
    Export::new(schema, state, asker, plan(schema, state, asker, text)?)
}

fn plan(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Arc<Plan>, ApiError> {
    let query = gatelodge_soql::parse(text)
        .map_err(|error| ApiError::malformed_query(error.render(text)))?;
    compile::Compiler::new(schema, state, asker, text)
        .plan(&query)
        .map(Arc::new)
}

impl Found {
    /// Rows that a child query found for one parent.
    fn of(world: World<'_>, plan: &Arc<Plan>, ids: Vec<Id>) -> Self {
        Self {
            plan: Arc::clone(plan),
            user: world.user,
            deleted: world.deleted,
            result: Rows::Records(ids),
        }
    }

    /// The number of rows that the answer announces.
    pub fn total(&self) -> usize {
        match &self.result {
            Rows::Records(rows) => rows.len(),
            Rows::Count(count) => *count,
            Rows::Groups(groups) => groups.len(),
        }
    }

    /// What the statement asks to be kept, and about which rows.
    pub fn viewing(&self) -> Option<(Viewing, &[Id])> {
        match &self.result {
            Rows::Records(rows) => self.plan.viewing.map(|kind| (kind, rows.as_slice())),
            _ => None,
        }
    }

    /// Rows that `write_page` can give; `COUNT()` has a total but no rows.
    pub fn rows(&self) -> usize {
        match self.result {
            Rows::Count(_) => 0,
            _ => self.total(),
        }
    }

    /// The size of a page when `wished` is what the caller would like: two long texts make rows wide.
    pub fn page_size(&self, schema: &Schema, wished: usize) -> usize {
        let Shape::Rows(node) = &self.plan.shape else {
            return wished;
        };
        let object = &schema.objects[self.plan.object];
        let long = node.items.iter().filter(|item| {
            matches!(item, select::Item::Field { field, .. } if object.fields[*field].is_long_text())
        });
        if long.count() > 1 {
            wished.min(WIDE_PAGE)
        } else {
            wished
        }
    }

    /// One page of the answer. Rows that are gone from `state` since the query ran are missing.
    pub fn page(&self, schema: &Schema, state: &State, page: Page<'_>) -> WrittenPage {
        let mut pager = output::Pager::new(page.base, page.size, page.locators);
        let mut rows = Vec::with_capacity(256 + page.size.min(self.rows()) * 256);
        let to = match (&self.result, &self.plan.shape) {
            (Rows::Records(ids), Shape::Rows(node)) => {
                let world = World {
                    schema,
                    state,
                    user: self.user,
                    deleted: self.deleted,
                };
                let object = &schema.objects[self.plan.object];
                let mut to = page.from;
                for id in ids.iter().skip(page.from) {
                    if pager.full() {
                        break;
                    }
                    to += 1;
                    if let Some(record) = world.own(object, *id) {
                        output::write_next(&mut rows, world, object, node, record, &mut pager);
                    }
                }
                to
            }
            (Rows::Groups(groups), _) => {
                rows.extend_from_slice(&groups.join(&b','));
                groups.len()
            }
            _ => self.rows(),
        };
        let next = (to < self.rows()).then(|| match page.locator {
            Some(locator) => locator.to_owned(),
            None => pager.locator(),
        });
        let mut body = Vec::with_capacity(rows.len() + 160);
        output::write_head(&mut body, self.total(), next.as_deref(), page.base, to);
        body.extend_from_slice(&rows);
        body.extend_from_slice(b"]}");
        WrittenPage {
            body,
            next,
            children: pager.children,
        }
    }
}

/// Which page is wanted.
pub struct Page<'a> {
    /// `/services/data/v66.0`, for addresses.
    pub base: &'a str,
    /// Position of the first row.
    pub from: usize,
    /// Most rows, child rows included.
    pub size: usize,
    /// The locator of the result, if it has one already.
    pub locator: Option<&'a str>,
    /// Makes new locators.
    pub locators: &'a dyn Fn() -> String,
}

/// A page as text.
#[derive(Debug)]
pub struct WrittenPage {
    pub body: Vec<u8>,
    /// Locator of the result, when more rows follow.
    pub next: Option<String>,
    /// Results of child queries that did not fit, with their locators.
    pub children: Vec<(String, Arc<Found>)>,
}

/// What values are looked up in, and for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct World<'a> {
    pub(super) schema: &'a Schema,
    pub(super) state: &'a State,
    pub(super) user: Id,
    /// Records in the recycle bin are there too.
    pub(super) deleted: bool,
}

impl<'a> World<'a> {
    fn of(schema: &'a Schema, state: &'a State, asker: &Asker) -> Self {
        Self {
            schema,
            state,
            user: asker.user,
            deleted: asker.deleted,
        }
    }

    /// The record behind an id, with its object.
    fn any(self, id: Id) -> Option<(&'a Object, &'a Arc<Record>)> {
        let object = self.schema.object_by_prefix(id.prefix())?;
        self.own(object, id).map(|record| (object, record))
    }

    /// The record of an object with this id.
    fn own(self, object: &Object, id: Id) -> Option<&'a Arc<Record>> {
        self.state
            .record(object, id)
            .filter(|record| self.shows(object, record))
    }

    /// Is the record there, as far as this query goes, and may its user see it?
    fn shows(self, object: &Object, record: &Record) -> bool {
        (self.deleted || !record.deleted(object))
            && sharing::may_read(self.schema, self.state, self.user, object, record)
    }
}

/// Puts the text of the query and a caret before the reason of an error.
fn locate(text: &str, span: Span, mut error: ApiError) -> ApiError {
    error.entry.message = caret::render(text, span.start, &error.entry.message);
    error
}

/// What a search returns of one object: compiled like a query, but run over records found elsewhere.
pub struct Selection {
    plan: Plan,
    user: Id,
}

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
            Shape::Rows(_) => Ok(Self {
                plan,
                user: asker.user,
            }),
            _ => Err(ApiError::malformed_query(
                "Aggregates are not allowed in a search",
            )),
        }
    }

    /// Positions of the selected fields of the object itself.
    pub fn fields(&self) -> impl Iterator<Item = usize> {
        let node = match &self.plan.shape {
            Shape::Rows(node) => Some(node),
            _ => None,
        };
        node.into_iter()
            .flat_map(|node| &node.items)
            .filter_map(|item| match item {
                select::Item::Field { field, .. } => Some(*field),
                _ => None,
            })
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
        let world = World {
            schema,
            state,
            user: self.user,
            deleted: false,
        };
        let object = &schema.objects[self.plan.object];
        let Shape::Rows(node) = &self.plan.shape else {
            return 0;
        };
        let mut found = rows::select(world, object, &self.plan, among);
        found.truncate(most);
        if !found.is_empty() && !out.is_empty() {
            out.push(b',');
        }
        let names = String::new;
        let mut pager = output::Pager::new(base, usize::MAX, &names);
        for record in &found {
            output::write_next(out, world, object, node, record, &mut pager);
        }
        found.len()
    }
}
