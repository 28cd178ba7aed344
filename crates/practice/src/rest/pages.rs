//! What clients draw menus from: tabs, theme, app menu, quick actions.
//!
//! Must not know records. Every object that people work with has a tab; the org has one app and no quick actions.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::sobjects::metadata;
use crate::org::{ApiError, Object};

/// Colors that tabs get in turn.
const COLORS: [&str; 6] = ["5867E8", "FF538A", "06A59A", "E4A201", "9050E9", "0D9DDA"];

/// The objects with a tab.
fn tabbed<'a>(call: &Call<'a>) -> Vec<&'a Object> {
    let objects = call.practice.org.schema().objects.iter();
    objects
        .filter(|object| object.searchable && object.createable)
        .filter(|object| call.access.object(object).read)
        .collect()
}

fn colors(object: &Object) -> Value {
    let color = COLORS[object.index % COLORS.len()];
    json!([{ "color": color, "context": "primary", "theme": "theme4" }])
}

fn icons(call: &Call<'_>, object: &Object) -> Value {
    let (folder, name) = if object.custom() {
        ("custom", format!("custom{}", object.index + 1))
    } else {
        ("standard", object.name.to_ascii_lowercase())
    };
    json!([{
        "contentType": "image/svg+xml",
        "height": 0,
        "theme": "theme4",
        "url": format!("{}/img/icon/t4v35/{folder}/{name}.svg", call.site.instance),
        "width": 0,
    }])
}

/// `GET /tabs`.
pub(super) fn tabs(call: &Call<'_>) -> Result<Answer, ApiError> {
    let instance = &call.site.instance;
    let tabs: Vec<Value> = tabbed(call)
        .into_iter()
        .map(|object| {
            let prefix = String::from_utf8_lossy(&object.prefix).into_owned();
            let icon = icons(call, object)[0]["url"].clone();
            json!({
                "colors": colors(object),
                "custom": object.custom(),
                "iconUrl": icon,
                "icons": icons(call, object),
                "label": object.plural,
                "miniIconUrl": icon,
                "name": if object.custom() { object.name.clone() } else { format!("standard-{}", object.name) },
                "sobjectName": object.name,
                "url": format!("{instance}/{prefix}/o"),
            })
        })
        .collect();
    metadata(call, &tabs)
}

/// `GET /theme`.
pub(super) fn theme(call: &Call<'_>) -> Result<Answer, ApiError> {
    let items: Vec<Value> = tabbed(call)
        .into_iter()
        .map(|object| {
            json!({ "colors": colors(object), "icons": icons(call, object), "name": object.name })
        })
        .collect();
    metadata(call, &json!({ "themeItems": items }))
}

/// `GET /appMenu/AppSwitcher` and `GET /appMenu/Salesforce1`.
pub(super) fn app_menu(call: &Call<'_>, kind: &str) -> Result<Answer, ApiError> {
    let instance = &call.site.instance;
    let items = match kind {
        "AppSwitcher" => json!([{
            "colors": null, "content": null, "icons": null, "label": "Sales", "name": "Sales",
            "type": "Standard.AppMenu", "url": format!("{instance}/home/home.jsp"),
        }]),
        "Salesforce1" => tabbed(call)
            .into_iter()
            .map(|object| {
                json!({
                    "colors": colors(object), "content": null, "icons": icons(call, object),
                    "label": object.plural, "name": object.name, "type": "Standard.Search",
                    "url": null,
                })
            })
            .collect(),
        _ => return Err(ApiError::not_found()),
    };
    metadata(call, &json!({ "appMenuItems": items }))
}

/// `GET /quickActions` and `GET /sobjects/X/quickActions`.
pub(super) fn quick_actions(call: &Call<'_>) -> Result<Answer, ApiError> {
    metadata(call, &json!([]))
}
