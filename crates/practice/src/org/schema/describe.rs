//! The describe answers, generated from the compact tables for what one user may see.
//!
//! Must not know records. Source of the shapes: "sObject Describe" and "Describe Global", REST API Developer Guide.

use serde_json::{Map, Value, json};

use super::{Field, FieldType, Object, OnDelete, Schema};
use crate::org::access::Access;

/// Id of the record type that every object has.
const MASTER_RECORD_TYPE: &str = "012000000000000AAA";

/// The addresses that a describe answer is written with.
#[derive(Clone, Copy, Debug)]
pub struct Urls<'a> {
    /// `/services/data/v66.0`.
    pub base: &'a str,
    /// Own address of the org, for the absolute links to pages.
    pub instance: &'a str,
}

/// The answer of `GET /sobjects`.
pub fn describe_global(schema: &Schema, access: &Access, urls: Urls<'_>) -> Value {
    let objects: Vec<Value> = schema
        .objects
        .iter()
        .filter(|object| access.object(object).read)
        .map(|object| Value::Object(summary(object, access, urls)))
        .collect();
    json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects })
}

/// The entry of one object in describe global: 27 keys.
pub fn summary(object: &Object, access: &Access, urls: Urls<'_>) -> Map<String, Value> {
    let rights = access.object(object);
    let sobject = format!("{}/sobjects/{}", urls.base, object.name);
    let mut links = Map::new();
    if object.searchable {
        links.insert(
            "compactLayouts".into(),
            format!("{sobject}/describe/compactLayouts").into(),
        );
    }
    links.insert("rowTemplate".into(), format!("{sobject}/{{ID}}").into());
    if object.searchable {
        links.insert(
            "approvalLayouts".into(),
            format!("{sobject}/describe/approvalLayouts").into(),
        );
        links.insert("listviews".into(), format!("{sobject}/listviews").into());
        links.insert(
            "quickActions".into(),
            format!("{sobject}/quickActions").into(),
        );
        links.insert(
            "layouts".into(),
            format!("{sobject}/describe/layouts").into(),
        );
    }
    links.insert("describe".into(), format!("{sobject}/describe").into());
    links.insert("sobject".into(), sobject.into());
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    put("activateable", false.into());
    put("associateEntityType", Value::Null);
    put("associateParentEntity", Value::Null);
    put("createable", (object.createable && rights.create).into());
    put("custom", object.custom().into());
    put("customSetting", false.into());
    put("deepCloneable", (object.name == "Opportunity").into());
    put("deletable", (object.deletable && rights.delete).into());
    put("deprecatedAndHidden", false.into());
    put("feedEnabled", object.searchable.into());
    put("hasSubtypes", false.into());
    put("isInterface", false.into());
    put("isSubtype", false.into());
    put("keyPrefix", String::from_utf8_lossy(&object.prefix).into());
    put("label", object.label.as_str().into());
    put("labelPlural", object.plural.as_str().into());
    put("layoutable", object.searchable.into());
    put(
        "mergeable",
        matches!(object.name.as_str(), "Account" | "Contact" | "Lead").into(),
    );
    put("mruEnabled", object.searchable.into());
    put("name", object.name.as_str().into());
    put("queryable", true.into());
    put("replicateable", true.into());
    put("retrieveable", true.into());
    put("searchable", object.searchable.into());
    put(
        "triggerable",
        (object.createable && object.searchable).into(),
    );
    put("undeletable", (object.deletable && rights.delete).into());
    put("updateable", (object.updateable && rights.edit).into());
    put("urls", Value::Object(links));
    out
}

/// The answer of `GET /sobjects/X/describe`.
pub fn describe_object(schema: &Schema, access: &Access, object: &Object, urls: Urls<'_>) -> Value {
    let mut out = summary(object, access, urls);
    let fields = object
        .fields
        .iter()
        .enumerate()
        .filter(|(index, _)| access.readable(object, *index))
        .map(|(index, field)| describe_field(schema, object, field, access.editable(object, index)))
        .collect();
    let children = object
        .children
        .iter()
        .filter(|child| access.readable(&schema.objects[child.object], child.field))
        .map(|child| {
            let owner = &schema.objects[child.object];
            let field = &owner.fields[child.field];
            json!({
                "cascadeDelete": field.on_delete == OnDelete::Cascade,
                "childSObject": owner.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": child.relationship,
                "restrictedDelete": field.on_delete == OnDelete::Restrict,
            })
        })
        .collect();
    if let Some(links) = out.get_mut("urls").and_then(Value::as_object_mut) {
        let instance = urls.instance;
        links.insert(
            "uiDetailTemplate".into(),
            format!("{instance}/{{ID}}").into(),
        );
        links.insert(
            "uiEditTemplate".into(),
            format!("{instance}/{{ID}}/e").into(),
        );
        let prefix = String::from_utf8_lossy(&object.prefix);
        links.insert(
            "uiNewRecord".into(),
            format!("{instance}/{prefix}/e").into(),
        );
    }
    let plural = object.plural.to_lowercase();
    let scopes = json!([
        { "label": format!("All {plural}"), "name": "everything" },
        { "label": format!("My {plural}"), "name": "mine" },
    ]);
    let has_layouts = object.searchable;
    for (key, value) in [
        ("actionOverrides", json!([])),
        ("childRelationships", Value::Array(children)),
        ("compactLayoutable", has_layouts.into()),
        ("defaultImplementation", Value::Null),
        ("extendedBy", Value::Null),
        ("extendsInterfaces", Value::Null),
        ("fields", Value::Array(fields)),
        ("implementedBy", Value::Null),
        ("implementsInterfaces", Value::Null),
        ("listviewable", Value::Null),
        ("lookupLayoutable", Value::Null),
        ("namedLayoutInfos", json!([])),
        ("networkScopeFieldName", Value::Null),
        (
            "recordTypeInfos",
            if has_layouts {
                record_types(object, urls)
            } else {
                json!([])
            },
        ),
        ("searchLayoutable", has_layouts.into()),
        ("sobjectDescribeOption", "FULL".into()),
        ("supportedScopes", scopes),
    ] {
        out.insert(key.to_owned(), value);
    }
    out.sort_keys();
    Value::Object(out)
}

/// The record types of an object; the master record type comes last.
fn record_types(object: &Object, urls: Urls<'_>) -> Value {
    let known = &object.rules.record_types;
    let info = |id: &str, developer_name: &str, name: &str, default: bool, master: bool| {
        let layout = format!(
            "{}/sobjects/{}/describe/layouts/{id}",
            urls.base, object.name
        );
        json!({
            "active": true, "available": true, "defaultRecordTypeMapping": default,
            "developerName": developer_name, "master": master, "name": name, "recordTypeId": id,
            "urls": { "layout": layout },
        })
    };
    let mut infos: Vec<Value> = known
        .iter()
        .map(|kind| {
            let id = kind.id.to_string();
            info(&id, &kind.developer_name, &kind.name, kind.default, false)
        })
        .collect();
    let chosen = known.iter().any(|kind| kind.default);
    infos.push(info(MASTER_RECORD_TYPE, "Master", "Master", !chosen, true));
    Value::Array(infos)
}

/// One field: 57 keys.
fn describe_field(schema: &Schema, object: &Object, field: &Field, editable: bool) -> Value {
    let bytes = if field.kind.is_text() {
        field.length * 3
    } else {
        field.length
    };
    let picklist: Vec<Value> = field
        .picklist
        .iter()
        .map(|value| {
            json!({
                "active": true, "defaultValue": value.default, "label": value.label, "validFor": null,
                "value": value.value,
            })
        })
        .collect();
    let default = match field.kind {
        FieldType::Boolean => Value::Bool(false),
        _ => field.default_picklist_value().into(),
    };
    let name_pointing = field.polymorphic()
        || field
            .references
            .iter()
            .any(|target| schema.object(target).is_none());
    let extra = match (&field.extra, field.kind) {
        (Some(extra), _) => Some(extra.as_str()),
        (None, FieldType::Textarea) => Some("plaintextarea"),
        _ => None,
    };
    json!({
        "aggregatable": field.aggregatable(),
        "aiPredictionField": false,
        "autoNumber": field.auto_number,
        "byteLength": bytes,
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": false,
        "caseSensitive": false,
        "compoundFieldName": field.compound,
        "controllerName": null,
        "createable": field.createable && editable,
        "custom": field.custom(),
        "defaultValue": default,
        "defaultValueFormula": field.default,
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "digits": field.digits,
        "displayLocationInDecimal": false,
        "encrypted": false,
        "externalId": field.external_id,
        "extraTypeInfo": extra,
        "filterable": field.filterable(),
        "filteredLookupInfo": filtered_lookup(field),
        "formulaTreatNullNumberAsZero": field.calculated,
        "groupable": field.groupable(),
        "highScaleNumber": false,
        "htmlFormatted": false,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length,
        "mask": null,
        "maskType": null,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": name_pointing,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": picklist,
        "polymorphicForeignKey": field.polymorphic(),
        "precision": field.precision,
        "queryByDistance": field.kind == FieldType::Address,
        "referenceTargetField": null,
        "referenceTo": field.references,
        "relationshipName": field.relationship,
        "relationshipOrder": null,
        "restrictedDelete": field.custom() && field.on_delete == OnDelete::Restrict,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": prefilterable(object, field),
        "soapType": field.kind.soap(),
        "sortable": field.sortable(),
        "type": field.kind.name(),
        "unique": field.unique,
        "updateable": field.updateable && editable,
        "writeRequiresMasterRead": false,
    })
}

/// A search can be narrowed by a reference to business records, not by one to users or to the object itself merged.
fn prefilterable(object: &Object, field: &Field) -> bool {
    field.kind == FieldType::Reference
        && !object.custom()
        && field.name != "MasterRecordId"
        && !field.references.iter().any(|target| target == "User")
}

/// The mark of a lookup filter; controlling fields are not told apart.
fn filtered_lookup(field: &Field) -> Value {
    match field.filter {
        Some(_) => json!({ "controllingFields": [], "dependent": false, "optionalFilter": false }),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URLS: Urls<'_> = Urls {
        base: "/services/data/v66.0",
        instance: "http://localhost",
    };

    // proves SFB-DESC-2
    #[test]
    fn describe_has_every_key_of_the_platform() {
        let schema = Schema::built_in().unwrap();
        let access = Access::administrator(&schema);
        let account = describe_object(&schema, &access, schema.object("Account").unwrap(), URLS);
        let keys: Vec<&str> = account
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected = "actionOverrides activateable associateEntityType associateParentEntity childRelationships \
            compactLayoutable createable custom customSetting deepCloneable defaultImplementation deletable \
            deprecatedAndHidden extendedBy extendsInterfaces feedEnabled fields hasSubtypes implementedBy \
            implementsInterfaces isInterface isSubtype keyPrefix label labelPlural layoutable listviewable \
            lookupLayoutable mergeable mruEnabled name namedLayoutInfos networkScopeFieldName queryable \
            recordTypeInfos replicateable retrieveable searchLayoutable searchable sobjectDescribeOption \
            supportedScopes triggerable undeletable updateable urls";
        assert_eq!(
            keys.join(" "),
            expected.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        for field in account["fields"].as_array().unwrap() {
            assert_eq!(field.as_object().unwrap().len(), 57, "{}", field["name"]);
        }
        let global = describe_global(&schema, &access, URLS);
        for entry in global["sobjects"].as_array().unwrap() {
            assert_eq!(entry.as_object().unwrap().len(), 28, "{}", entry["name"]);
        }
    }

    // proves SFB-DESC-3
    #[test]
    fn flags_follow_the_type_table() {
        let schema = Schema::built_in().unwrap();
        let account = schema.object("Account").unwrap();
        for (field, aggregatable, filterable, groupable, sortable) in [
            ("Id", true, true, true, true),
            ("Industry", true, true, true, true),
            ("Description", false, false, false, false),
            ("BillingAddress", false, true, false, false),
            ("AnnualRevenue", true, true, false, true),
            ("CreatedDate", true, true, false, true),
            ("IsDeleted", false, true, true, true),
            ("LastActivityDate", true, true, true, true),
        ] {
            let field = account.field(field).unwrap();
            let flags = (
                field.aggregatable(),
                field.filterable(),
                field.groupable(),
                field.sortable(),
            );
            assert_eq!(
                flags,
                (aggregatable, filterable, groupable, sortable),
                "{}",
                field.name
            );
        }
    }
}
