//! What a call touches in an org: objects, fields and records, as far as a statement or the arguments tell it, with the
//! describe answers where a name alone does not: relationships lead to other objects, compound fields hold others.
//!
//! What cannot be told is said to be unknown, never left out. Must not know: rules.

mod derived;
mod walk;
mod withhold;

pub(super) use withhold::{
    describe as withhold_described, list as withhold_listed, records as withhold_records,
};

use super::{bulk, ids::RecordId, objects, statement};
use gatelodge_model::{
    Result, Touches,
    policy::{Depth, Fields},
};
use gatelodge_provider::Looking;
use gatelodge_soql::{
    ObjectRole, ast::SelectItem, inventory, parse, parse_search, search_inventory,
    sosl::SearchGroup,
};
use serde_json::{Map, Value};
use walk::Walk;

/// What a statement touches that runs with at most `limit` records.
pub(super) async fn query(looking: Looking<'_>, text: &str, limit: Option<u32>) -> Result<Touches> {
    // Refuses what is no statement in the words of the tool itself; nothing is sent for it.
    let checked = statement::query(text, limit)?;
    let Ok(query) = parse(&checked) else {
        return Ok(Touches::anything());
    };
    let counts = matches!(query.select.as_slice(), [SelectItem::CountAll(_)]);
    let nests = query
        .select
        .iter()
        .any(|item| matches!(item, SelectItem::Subquery(_)));
    let records = match &query.limit {
        _ if counts => Some(0),
        Some(limit) if !nests => Some(limit.value),
        _ => None,
    };
    let mut walk = Walk::new(looking, records);
    if looking.depth >= Depth::Objects {
        walk.uses(&inventory(&query)).await?;
    }
    Ok(walk.touches)
}

/// What a search statement touches. Words are looked for in every field unless the statement says otherwise, so that
/// a hit tells something about each.
pub(super) async fn search(looking: Looking<'_>, text: &str) -> Result<Touches> {
    statement::search(text)?;
    let Ok(search) = parse_search(text) else {
        return Ok(Touches::anything());
    };
    let mut walk = Walk::new(looking, search.limit.as_ref().map(|limit| limit.value));
    if looking.depth < Depth::Objects {
        return Ok(walk.touches);
    }
    if search.returning.is_empty() {
        walk.touches.unknown = true;
        return Ok(walk.touches);
    }
    let uses = search_inventory(&search);
    walk.uses(&uses).await?;
    if search.group != SearchGroup::Name {
        for one in uses.iter().filter(|one| one.role == ObjectRole::Returned) {
            walk.add(&one.object, Fields::All);
        }
    }
    Ok(walk.touches)
}

/// What looking for words in objects touches.
pub(super) async fn words(looking: Looking<'_>, objects: &[String], limit: u32) -> Result<Touches> {
    let mut walk = Walk::new(looking, Some(limit.into()));
    if looking.depth >= Depth::Objects {
        walk.touches.unknown = objects.is_empty();
        for object in objects {
            let name = resolve(looking, "objects", object).await?;
            walk.add(&name, Fields::All);
        }
    }
    Ok(walk.touches)
}

/// Records of one object, with fields or paths by name; without any, all fields.
pub(super) async fn records(
    looking: Looking<'_>,
    object: &str,
    fields: Option<&[String]>,
    records: Option<u64>,
) -> Result<Touches> {
    let mut walk = Walk::new(looking, records);
    if looking.depth >= Depth::Objects {
        let name = resolve(looking, "object", object).await?;
        match fields {
            None => walk.add(&name, Fields::All),
            Some(paths) => {
                walk.add(&name, Fields::Named(Vec::new()));
                for path in paths {
                    walk.path(&name, path).await?;
                }
            }
        }
    }
    Ok(walk.touches)
}

/// Fields that are written in records of one object.
pub(super) async fn written<'fields>(
    looking: Looking<'_>,
    object: &str,
    fields: impl IntoIterator<Item = &'fields String>,
    number: usize,
) -> Result<Touches> {
    let fields: Vec<String> = fields.into_iter().cloned().collect();
    records(looking, object, Some(&fields), Some(number as u64)).await
}

/// Names of the fields of several records.
pub(super) fn names(records: &[Map<String, Value>]) -> impl Iterator<Item = &String> {
    records.iter().flat_map(Map::keys)
}

/// What following a relationship of a record touches: the field that leads there, and the objects behind it.
pub(super) async fn related(
    looking: Looking<'_>,
    object: &str,
    relationship: &str,
    fields: &[String],
    limit: Option<u32>,
) -> Result<Touches> {
    let mut walk = Walk::new(looking, limit.map(u64::from));
    if looking.depth < Depth::Objects {
        return Ok(walk.touches);
    }
    let name = resolve(looking, "object", object).await?;
    walk.add(&name, Fields::Named(Vec::new()));
    let behind = walk.follow(&name, relationship.trim()).await?;
    for target in behind {
        if fields.is_empty() {
            walk.add(
                &target,
                Fields::Named(vec!["Id".to_owned(), "Name".to_owned()]),
            );
        }
        for path in fields {
            walk.path(&target, path).await?;
        }
    }
    Ok(walk.touches)
}

/// What handing out the rows of an export touches: its columns. Its conditions were looked at when it was started.
pub(super) async fn export(looking: Looking<'_>, export: &str) -> Result<Touches> {
    let mut walk = Walk::new(looking, None);
    if looking.depth < Depth::Objects {
        return Ok(walk.touches);
    }
    let Some(caller) = looking.caller else {
        return Ok(Touches::anything());
    };
    RecordId::parse("export", export)?;
    let job = bulk::job(caller, export).await?;
    let Some(object) = &job.object else {
        return Ok(Touches::anything());
    };
    walk.add(object, Fields::Named(Vec::new()));
    if job.state == "JobComplete" {
        let sample = bulk::results(caller, export, None, 1).await?;
        for column in bulk::columns(&sample.text)? {
            walk.path(object, &column).await?;
        }
    }
    Ok(walk.touches)
}

/// A file with what is in it, found by the id of the file or of a version.
pub(super) fn file() -> Touches {
    let mut touches = Touches::object("ContentVersion", Fields::All, Some(1));
    touches.add("ContentDocument", Fields::All);
    touches
}

/// A new file, and the record that it is attached to.
pub(super) async fn upload(
    looking: Looking<'_>,
    object: Option<&str>,
    attached: bool,
) -> Result<Touches> {
    let fields = ["Title", "PathOnClient", "VersionData"].map(str::to_owned);
    let mut touches = Touches::object("ContentVersion", Fields::Named(fields.to_vec()), Some(1));
    match object {
        Some(object) if looking.depth >= Depth::Objects => {
            let name = resolve(looking, "object", object).await?;
            touches.add(name, Fields::Named(Vec::new()));
        }
        Some(_) => {}
        None => touches.unknown = attached,
    }
    Ok(touches)
}

/// The API name of the object that is meant. Where nothing may be sent, what was given is taken for it.
async fn resolve(looking: Looking<'_>, field: &str, given: &str) -> Result<String> {
    match looking.caller {
        Some(caller) => Ok(objects::describe(caller, field, given).await?.name),
        None => Ok(given.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests;
