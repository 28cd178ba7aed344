//! References to earlier answers: `@{name.field}`, `@{name.records[0].Id}`, `@{name[1].id}`.
//!
//! Must not know requests; it looks values up and puts them in.

use serde_json::Value;

use crate::org::ApiError;

/// What an earlier request answered, by its name; `None` when there is no such answer or it failed.
pub(super) type Lookup<'a> = dyn Fn(&str) -> Option<&'a Value> + 'a;

/// Puts earlier answers in the place of references.
pub(super) struct Filler<'a> {
    pub(super) lookup: &'a Lookup<'a>,
    /// A field that is null may be referred to.
    pub(super) null_allowed: bool,
}

/// May a request have this name?
pub(super) fn valid_name(name: &str) -> bool {
    name.bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The first reference of a text: where it begins and ends, and what stands between the braces.
fn find(text: &str) -> Option<(usize, usize, &str)> {
    let start = text.find("@{")?;
    let length = text[start + 2..].find('}')?;
    let end = start + 2 + length;
    Some((start, end + 1, &text[start + 2..end]))
}

/// The names that a text refers to.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut out = Vec::new();
    while let Some((_, end, path)) = find(rest) {
        out.push(name_of(path));
        rest = &rest[end..];
    }
    out
}

/// The name at the beginning of a path.
fn name_of(path: &str) -> &str {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    &path[..end]
}

/// Follows `.field` and `[n]`.
fn follow<'a>(mut value: &'a Value, mut path: &str) -> Option<&'a Value> {
    while !path.is_empty() {
        if let Some(rest) = path.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            value = value.get(index.parse::<usize>().ok()?)?;
            path = rest;
        } else {
            let rest = path.strip_prefix('.')?;
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            value = value.get(&rest[..end])?;
            path = &rest[end..];
        }
    }
    Some(value)
}

impl Filler<'_> {
    /// The text with all references replaced, each by `spell` of its value.
    pub(super) fn text(&self, text: &str, spell: fn(&str) -> String) -> Result<String, ApiError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, end, path)) = find(rest) {
            out.push_str(&rest[..start]);
            match self.value(path)? {
                Value::Null => {}
                Value::String(text) => out.push_str(&spell(text)),
                other => out.push_str(&spell(&other.to_string())),
            }
            rest = &rest[end..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// A JSON value with the references in all its texts replaced. A text that is nothing but a reference becomes
    /// what it refers to, so that numbers stay numbers.
    pub(super) fn json(&self, value: &Value) -> Result<Value, ApiError> {
        Ok(match value {
            Value::String(text) => match find(text) {
                None => value.clone(),
                Some((0, end, path)) if end == text.len() => self.value(path)?.clone(),
                Some(_) => Value::String(self.text(text, str::to_owned)?),
            },
            Value::Array(items) => {
                let items = items.iter().map(|item| self.json(item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.json(value)?)));
                Value::Object(fields.collect::<Result<_, ApiError>>()?)
            }
            _ => value.clone(),
        })
    }

    fn value(&self, path: &str) -> Result<&Value, ApiError> {
        let name = name_of(path);
        (self.lookup)(name)
            .and_then(|answer| follow(answer, &path[name.len()..]))
            .filter(|value| !matches!(value, Value::Array(_) | Value::Object(_)))
            .filter(|value| self.null_allowed || !value.is_null())
            .ok_or_else(|| missing(name, path))
    }
}

fn missing(name: &str, path: &str) -> ApiError {
    let message = format!("Invalid reference specified. No value for {path} found in {name}.");
    ApiError::new(400, "PROCESSING_HALTED", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filled(answer: &Value, text: &str) -> Result<String, String> {
        let lookup = |name: &str| (name == "a").then_some(answer);
        let filler = Filler {
            lookup: &lookup,
            null_allowed: false,
        };
        filler
            .text(text, str::to_owned)
            .map_err(|error| error.entry.message)
    }

    #[test]
    fn paths_lead_through_fields_and_lists() {
        let answer = json!({"id": "1", "n": 2.5, "records": [{"Id": "x"}], "none": null});
        assert_eq!(
            filled(&answer, "/@{a.id}/@{a.records[0].Id}"),
            Ok("/1/x".to_owned())
        );
        assert_eq!(filled(&answer, "@{a.n} @{ no"), Ok("2.5 @{ no".to_owned()));
        assert_eq!(
            filled(&json!([{"id": "1"}]), "@{a[0].id}"),
            Ok("1".to_owned())
        );
        for path in [
            "a.x",
            "b.id",
            "a.records",
            "a.records[1].Id",
            "a.none",
            "a",
            "a.id.x",
            "a[",
            "",
        ] {
            let name = name_of(path);
            let text = format!("Invalid reference specified. No value for {path} found in {name}.");
            assert_eq!(
                filled(&answer, &format!("x@{{{path}}}")),
                Err(text),
                "{path}"
            );
        }
    }

    #[test]
    fn values_keep_their_type_when_they_stand_alone() {
        let answer = json!({"n": 5, "none": null});
        let lookup = |_: &str| Some(&answer);
        let filler = Filler {
            lookup: &lookup,
            null_allowed: true,
        };
        let body = json!({"A": "@{r.n}", "B": ["n=@{r.n}"], "C": "@{r.none}", "D": "<@{r.none}>"});
        let expected = json!({"A": 5, "B": ["n=5"], "C": null, "D": "<>"});
        assert_eq!(filler.json(&body).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "\\PC*", path in "[@{}.\\[\\]a-z0-9ü]*") {
            let answer = json!({"a": [1, {"b": "c"}]});
            for text in [text.as_str(), path.as_str(), &format!("@{{{path}}}")] {
                let _ = filled(&answer, text);
                let _ = names(text);
            }
        }

        #[test]
        fn a_text_without_references_stays_as_it_is(text in "[^@]*") {
            prop_assert_eq!(filled(&json!({}), &text), Ok(text.clone()));
        }
    }
}
