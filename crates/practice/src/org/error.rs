//! The error that every part of the org answers with: one or more entries of code, text and fields.
//!
//! Knows the texts of the platform; must not know which request they answer.

use serde::Serialize;

use super::id::Id;

/// A refused request. Turns into the JSON array of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    pub entry: ErrorEntry,
}

/// One element of the array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorEntry {
    pub message: String,
    #[serde(rename = "errorCode")]
    pub code: &'static str,
    /// Only row errors have fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// What a duplicate rule found, when the caller asked for it.
    #[serde(rename = "duplicateResult", skip_serializing_if = "Option::is_none")]
    pub duplicate_result: Option<Box<serde_json::Value>>,
}

const POINTER: &str = "Please reference your WSDL or the describe call for the appropriate names.";

impl ApiError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            entry: ErrorEntry {
                message: message.into(),
                code,
                fields: None,
                duplicate_result: None,
            },
        }
    }

    /// An error of one row, with the fields at fault.
    pub fn row(code: &'static str, message: impl Into<String>, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Self {
            status: 400,
            entry: ErrorEntry {
                message: message.into(),
                code,
                fields: Some(fields),
                duplicate_result: None,
            },
        }
    }

    pub fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub fn no_external_id(value: &str) -> Self {
        let message =
            format!("Provided external ID field does not exist or is not accessible: {value}");
        Self::new(404, "NOT_FOUND", message)
    }

    pub fn deleted() -> Self {
        Self {
            status: 404,
            ..Self::row("ENTITY_IS_DELETED", "entity is deleted", &[])
        }
    }

    pub fn no_access() -> Self {
        let text = "insufficient access rights on object id";
        Self {
            status: 403,
            ..Self::row("INSUFFICIENT_ACCESS_OR_READONLY", text, &[])
        }
    }

    /// A record that the caller may not see, given as the one to change or as the target of a reference.
    pub fn no_cross_access(id: Id) -> Self {
        let message = format!(
            "insufficient access rights on cross-reference id: {}",
            id.short()
        );
        Self::row(
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            message,
            &[],
        )
    }

    pub fn malformed_id(value: &str) -> Self {
        Self::row("MALFORMED_ID", format!("malformed id {value}"), &["Id"])
    }

    /// One value for an external id in two rows of one request.
    pub fn duplicate_external_id(value: &str) -> Self {
        let message = format!("Duplicate external id specified: {value}");
        Self::row("DUPLICATE_EXTERNAL_ID", message, &[])
    }

    pub fn bad_picklist_value(label: &str, field: &str, value: &str) -> Self {
        let message = format!("{label}: bad value for restricted picklist field: {value}");
        Self::row("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[field])
    }

    pub fn malformed_query(message: impl Into<String>) -> Self {
        Self::new(400, "MALFORMED_QUERY", message)
    }

    pub fn invalid_type(name: &str) -> Self {
        let message = format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append \
             the '__c' after the entity name. {POINTER}"
        );
        Self::new(400, "INVALID_TYPE", message)
    }

    pub fn no_such_column(field: &str, object: &str) -> Self {
        let message = format!(
            "No such column '{field}' on entity '{object}'. If you are attempting to use a custom field, be sure to \
             append the '__c' after the custom field name. {POINTER}"
        );
        Self::new(400, "INVALID_FIELD", message)
    }

    pub fn no_such_path(relationship: &str) -> Self {
        let message = format!(
            "Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom \
             relationship, be sure to append the '__r' after the custom relationship name. {POINTER}"
        );
        Self::new(400, "INVALID_FIELD", message)
    }

    pub fn no_such_child(relationship: &str) -> Self {
        let message = format!(
            "Didn't understand relationship '{relationship}' in FROM part of query call. If you are attempting to use \
             a custom relationship, be sure to append the '__r' after the custom relationship name. {POINTER}"
        );
        Self::new(400, "INVALID_TYPE", message)
    }
}
