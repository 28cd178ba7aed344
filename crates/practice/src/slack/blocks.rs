//! Blocks: which kinds there are, what each must have, and how much fits.
//!
//! Must not know who sends them.

use serde_json::{Value, json};

use super::answer::Failure;

/// Blocks of one message.
const MOST: usize = 50;
/// Characters of all blocks together.
const MOST_CHARACTERS: usize = 13_000;
/// Characters of a section's text.
const SECTION_TEXT: usize = 3_000;
/// Characters of a header's text.
const HEADER_TEXT: usize = 150;
/// Elements of a context block.
const CONTEXT_ELEMENTS: usize = 10;
/// Fields of a section.
const SECTION_FIELDS: usize = 10;

/// Checks blocks and gives each one its id.
pub(super) fn check(blocks: &Value) -> Result<Value, Failure> {
    let Some(list) = blocks.as_array() else {
        return Err("invalid_blocks_format".into());
    };
    let invalid = |message: String| Err(Failure::Explained("invalid_blocks", vec![message]));
    if list.len() > MOST {
        return invalid(format!(
            "[ERROR] no more than {MOST} items allowed [json-pointer:/blocks]"
        ));
    }
    let mut checked = Vec::with_capacity(list.len());
    for (index, block) in list.iter().enumerate() {
        if let Err((what, pointer)) = one(block) {
            return invalid(format!(
                "[ERROR] {what} [json-pointer:/blocks/{index}{pointer}]"
            ));
        }
        let mut block = block.clone();
        if block.get("block_id").is_none_or(Value::is_null) {
            block["block_id"] = format!("b{index}").into();
        }
        checked.push(block);
    }
    if characters(blocks) > MOST_CHARACTERS {
        return Err("msg_blocks_too_long".into());
    }
    Ok(Value::Array(checked))
}

type Flaw = (String, &'static str);

fn one(block: &Value) -> Result<(), Flaw> {
    let kind = block.get("type").and_then(Value::as_str);
    let Some(kind) = kind else {
        return Err(missing("type"));
    };
    match kind {
        "section" => section(block),
        "header" => {
            let text = block.get("text").ok_or_else(|| missing("text"))?;
            if text.get("type").and_then(Value::as_str) != Some("plain_text") {
                return Err(("must be of type plain_text".to_owned(), "/text/type"));
            }
            text_object(text, HEADER_TEXT)
        }
        "context" => elements(block, CONTEXT_ELEMENTS),
        "actions" => elements(block, 25),
        "rich_text" => elements(block, usize::MAX),
        "image" => {
            if block.get("image_url").is_none() && block.get("slack_file").is_none() {
                return Err(missing("image_url"));
            }
            let alternative = block.get("alt_text").and_then(Value::as_str);
            alternative.map(|_| ()).ok_or_else(|| missing("alt_text"))
        }
        "markdown" => {
            let text = block.get("text").and_then(Value::as_str);
            text.map(|_| ()).ok_or_else(|| missing("text"))
        }
        "divider" | "input" | "video" | "file" | "table" => Ok(()),
        other => Err((format!("unsupported type: {other}"), "/type")),
    }
}

fn section(block: &Value) -> Result<(), Flaw> {
    let (text, fields) = (block.get("text"), block.get("fields"));
    if text.is_none() && fields.is_none() {
        return Err(missing("text"));
    }
    if let Some(text) = text {
        text_object(text, SECTION_TEXT)?;
    }
    let Some(fields) = fields else { return Ok(()) };
    let fields = fields.as_array().map(Vec::as_slice).unwrap_or_default();
    if fields.is_empty() || fields.len() > SECTION_FIELDS {
        let what = format!("must have 1 to {SECTION_FIELDS} items");
        return Err((what, "/fields"));
    }
    fields
        .iter()
        .try_for_each(|field| text_object(field, 2_000))
}

fn text_object(text: &Value, most: usize) -> Result<(), Flaw> {
    let kind = text.get("type").and_then(Value::as_str);
    if !matches!(kind, Some("plain_text" | "mrkdwn")) {
        return Err(("must be a text object".to_owned(), "/text"));
    }
    let length = text
        .get("text")
        .and_then(Value::as_str)
        .map_or(0, |text| text.chars().count());
    match length {
        0 => Err(("must be more than 0 characters".to_owned(), "/text/text")),
        length if length > most => {
            let what = format!("must be less than {} characters", most + 1);
            Err((what, "/text/text"))
        }
        _ => Ok(()),
    }
}

fn elements(block: &Value, most: usize) -> Result<(), Flaw> {
    let elements = block.get("elements").and_then(Value::as_array);
    let count = elements.map_or(0, Vec::len);
    if count == 0 {
        return Err(missing("elements"));
    }
    if count > most {
        return Err((format!("no more than {most} items allowed"), "/elements"));
    }
    Ok(())
}

fn missing(field: &str) -> Flaw {
    (format!("missing required field: {field}"), "")
}

/// Characters of all texts.
fn characters(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(list) => list.iter().map(characters).sum(),
        Value::Object(fields) => fields.values().map(characters).sum(),
        _ => 0,
    }
}

/// The block that Slack makes of a text without blocks.
pub(super) fn of_text(text: &str) -> Value {
    json!([{
        "type": "rich_text",
        "block_id": "b0",
        "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] }],
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn section(text: &str) -> Value {
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", kind in "[a-z_]{0,12}") {
            let _ = check(&json!([{ "type": kind, "text": { "type": "plain_text", "text": text } }]));
        }
    }

    #[test]
    fn good_blocks_pass_and_get_an_id() {
        let blocks = json!([
            section("*Hi*"),
            { "type": "divider", "block_id": "mine" },
            { "type": "header", "text": { "type": "plain_text", "text": "Head" } },
            { "type": "context", "elements": [{ "type": "mrkdwn", "text": "small" }] },
            { "type": "image", "image_url": "https://example.org/a.png", "alt_text": "A" },
        ]);
        let checked = check(&blocks).unwrap();
        assert_eq!(checked[0]["block_id"], "b0");
        assert_eq!(checked[1]["block_id"], "mine");
        assert_eq!(check(&of_text("x")), Ok(of_text("x")));
    }

    #[test]
    fn bad_blocks_are_named_by_their_place() {
        for (blocks, pointer) in [
            (json!([section("")]), "/blocks/0/text/text"),
            (json!([section(&"x".repeat(3_001))]), "/blocks/0/text/text"),
            (
                json!([{ "type": "divider" }, { "type": "dividr" }]),
                "/blocks/1/type",
            ),
            (json!([{ "text": "x" }]), "/blocks/0"),
            (
                json!([{ "type": "header", "text": { "type": "mrkdwn", "text": "x" } }]),
                "/text/type",
            ),
            (json!([{ "type": "context", "elements": [] }]), "/blocks/0"),
            (
                json!([{ "type": "image", "image_url": "https://example.org" }]),
                "/blocks/0",
            ),
            (json!([{ "type": "section", "fields": [] }]), "/fields"),
            (Value::from(vec![section("x"); 51]), "/blocks]"),
        ] {
            let Err(Failure::Explained("invalid_blocks", messages)) = check(&blocks) else {
                panic!("{blocks} is taken");
            };
            assert!(messages[0].contains(pointer), "{}", messages[0]);
        }
        assert_eq!(check(&json!({})), Err("invalid_blocks_format".into()));
        let long = Value::from(vec![section(&"x".repeat(2_900)); 5]);
        assert_eq!(check(&long), Err("msg_blocks_too_long".into()));
    }
}
