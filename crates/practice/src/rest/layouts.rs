//! Page, compact and approval layouts. The org has no layout editor: a layout shows every field that the person can
//! see, in the order of describe.
//!
//! Must not know records but record types. Source of the shapes: "sObject Layouts", REST API Developer Guide.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::sobjects::metadata;
use crate::org::{ApiError, Id, Object};

/// Key prefix of layouts.
const LAYOUT: [u8; 3] = *b"00h";
/// The record type of objects that have no other.
const MASTER: &str = "012000000000000AAA";
/// Rows that a related list shows.
const RELATED_ROWS: u32 = 10;
/// Fields that a compact layout and a related list show at most.
const SHORT: usize = 4;

/// Everything below `/sobjects/X/describe/`.
pub(super) fn route(call: &Call<'_>, object: &Object, rest: &[&str]) -> Result<Answer, ApiError> {
    if !object.searchable {
        return Err(ApiError::not_found());
    }
    call.allow(&["GET"], || match rest {
        // No object has a second layout by name; the platform answers the same way as for the first.
        ["layouts"] | ["namedLayouts", _] => metadata(call, &all(call, object)),
        ["layouts", id] => {
            let known = record_types(call, object);
            let wanted = Id::parse(id).map(|id| id.to_string());
            let found = known
                .iter()
                .any(|kind| kind["recordTypeId"].as_str() == wanted.as_deref());
            if !found {
                return Err(ApiError::not_found());
            }
            metadata(call, &layout(call, object))
        }
        ["compactLayouts"] => metadata(call, &compact(call, object)),
        ["approvalLayouts"] => metadata(call, &json!({ "approvalLayouts": [] })),
        _ => Err(ApiError::not_found()),
    })
}

/// `GET /compactLayouts?q=Account,Contact`: the main compact layout of each object.
pub(super) fn of_objects(call: &Call<'_>) -> Result<Answer, ApiError> {
    let names = call.parameter("q").filter(|names| !names.trim().is_empty());
    let names = names
        .ok_or_else(|| ApiError::new(400, "MISSING_ARGUMENT", "The parameter q is required"))?;
    let mut out = Map::new();
    for name in names.split(',').map(str::trim) {
        let object = call.object(name)?;
        out.insert(object.name.clone(), compact_layout(call, object));
    }
    metadata(call, &out)
}

fn layout_id(object: &Object) -> Id {
    Id::generate(LAYOUT, u64::try_from(object.index).unwrap_or(0) + 1)
}

fn all(call: &Call<'_>, object: &Object) -> Value {
    json!({
        "layouts": [layout(call, object)],
        "recordTypeMappings": record_types(call, object),
        "recordTypeSelectorRequired": [false],
    })
}

/// The record types of an object, the master type last.
fn record_types(call: &Call<'_>, object: &Object) -> Vec<Value> {
    let id = layout_id(object);
    let base = format!("{}/sobjects/{}/describe/layouts", call.base, object.name);
    let entry = |name: &Value, developer: &Value, kind: &str, active: bool, master: bool| {
        json!({
            "active": active,
            "available": active,
            "defaultRecordTypeMapping": master,
            "developerName": developer,
            "layoutId": id,
            "master": master,
            "name": name,
            "picklistsForRecordType": [],
            "recordTypeId": kind,
            "urls": { "layout": format!("{base}/{kind}") },
        })
    };
    let mut out = Vec::new();
    let state = call.snapshot();
    if let Some(kinds) = call.practice.org.schema().object("RecordType") {
        for kind in state.live(kinds) {
            if kind.get(kinds, "SobjectType").as_text() == Some(&object.name) {
                out.push(entry(
                    &kind.get(kinds, "Name").to_json(),
                    &kind.get(kinds, "DeveloperName").to_json(),
                    &kind.id.to_string(),
                    kind.get(kinds, "IsActive").as_bool(),
                    false,
                ));
            }
        }
    }
    let master = Value::from("Master");
    out.push(entry(&master, &master, MASTER, true, true));
    out
}

fn layout(call: &Call<'_>, object: &Object) -> Value {
    let shown: Vec<usize> = call
        .visible_fields(object)
        .into_iter()
        .filter(|field| !["Id", "IsDeleted"].contains(&object.fields[*field].name.as_str()))
        .collect();
    let editable: Vec<usize> = shown
        .iter()
        .copied()
        .filter(|field| {
            let flags = &object.fields[*field];
            (flags.createable || flags.updateable) && call.access.editable(object, *field)
        })
        .collect();
    json!({
        "buttonLayoutSection": { "detailButtons": buttons(call, object) },
        "detailLayoutSections": [section(call, object, &shown)],
        "editLayoutSections": [section(call, object, &editable)],
        "feedView": null,
        "highlightsPanelLayoutSection": null,
        "id": layout_id(object),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": { "quickActionListItems": [] },
        "relatedContent": null,
        "relatedLists": related_lists(call, object),
        "saveOptions": [],
    })
}

/// The buttons for what the person may do.
fn buttons(call: &Call<'_>, object: &Object) -> Vec<Value> {
    let rights = call.access.object(object);
    [("Edit", rights.edit), ("Delete", rights.delete)]
        .into_iter()
        .filter(|(_, allowed)| *allowed)
        .map(|(name, _)| {
            json!({
                "behavior": null, "colors": null, "content": null, "contentSource": null, "custom": false,
                "encoding": null, "height": null, "icons": null, "label": name, "menubar": false, "name": name,
                "overridden": false, "resizeable": false, "scrollbars": false, "showsLocation": false,
                "showsStatus": false, "toolbar": false, "url": null, "width": null, "windowPosition": null,
            })
        })
        .collect()
}

/// One section of two columns.
fn section(call: &Call<'_>, object: &Object, fields: &[usize]) -> Value {
    let rows: Vec<Value> = fields
        .chunks(2)
        .map(|pair| {
            let items: Vec<Value> = pair
                .iter()
                .map(|field| item(call, object, *field))
                .collect();
            json!({ "layoutItems": items, "numItems": items.len() })
        })
        .collect();
    json!({
        "collapsed": false,
        "columns": 2,
        "heading": format!("{} Information", object.label),
        "layoutRows": rows,
        "layoutSectionId": null,
        "parentLayoutId": layout_id(object),
        "rows": rows.len(),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": false,
        "useHeading": true,
    })
}

fn item(call: &Call<'_>, object: &Object, field: usize) -> Value {
    let flags = &object.fields[field];
    let editable = call.access.editable(object, field);
    json!({
        "editableForNew": editable && flags.createable,
        "editableForUpdate": editable && flags.updateable,
        "label": flags.label,
        "layoutComponents": [{
            "displayLines": if flags.is_long_text() { 6 } else { 1 },
            "tabOrder": 1,
            "type": "Field",
            "value": flags.name,
        }],
        "placeholder": false,
        "required": flags.required_on_create(),
    })
}

fn related_lists(call: &Call<'_>, object: &Object) -> Vec<Value> {
    let schema = call.practice.org.schema();
    object
        .children
        .iter()
        .filter_map(|child| {
            let name = child.relationship.as_ref()?;
            let owner = &schema.objects[child.object];
            if !call.access.readable(owner, child.field) {
                return None;
            }
            let columns: Vec<Value> = short(call, owner)
                .into_iter()
                .map(|field| {
                    let field = &owner.fields[field];
                    json!({
                        "field": format!("{}.{}", owner.name, field.name),
                        "fieldApiName": field.name,
                        "format": null,
                        "label": field.label,
                        "lookupId": null,
                        "name": field.name,
                        "sortable": field.sortable(),
                    })
                })
                .collect();
            Some(json!({
                "accessLevelRequiredForCreate": null,
                "buttons": [],
                "columns": columns,
                "custom": owner.custom(),
                "field": owner.fields[child.field].name,
                "label": owner.plural,
                "limitRows": RELATED_ROWS,
                "name": name,
                "sobject": owner.name,
                "sort": [],
            }))
        })
        .collect()
}

/// The name and the first fields that a person fills in.
pub(super) fn short(call: &Call<'_>, object: &Object) -> Vec<usize> {
    let name = object.name_field;
    let own = (0..object.fields.len()).filter(|field| {
        let flags = &object.fields[*field];
        Some(*field) != name && flags.updateable && flags.sortable() && !flags.kind.is_id()
    });
    name.into_iter()
        .chain(own)
        .filter(|field| call.access.readable(object, *field))
        .take(SHORT)
        .collect()
}

fn compact(call: &Call<'_>, object: &Object) -> Value {
    let mappings: Vec<Value> = record_types(call, object)
        .iter()
        .map(|kind| {
            json!({
                "available": kind["available"],
                "compactLayoutId": null,
                "compactLayoutName": "SYSTEM",
                "recordTypeId": kind["recordTypeId"],
                "recordTypeName": kind["name"],
                "urls": {
                    "compactLayout": format!(
                        "{}/sobjects/{}/describe/compactLayouts/{}",
                        call.base,
                        object.name,
                        kind["recordTypeId"].as_str().unwrap_or_default()
                    ),
                },
            })
        })
        .collect();
    json!({
        "compactLayouts": [compact_layout(call, object)],
        "defaultCompactLayoutId": null,
        "recordTypeCompactLayoutMappings": mappings,
    })
}

fn compact_layout(call: &Call<'_>, object: &Object) -> Value {
    let items: Vec<Value> = short(call, object)
        .into_iter()
        .map(|field| item(call, object, field))
        .collect();
    json!({
        "actions": [],
        "fieldItems": items,
        "id": null,
        "imageItems": [],
        "label": "System Default",
        "name": "SYSTEM",
        "objectType": object.name,
    })
}
