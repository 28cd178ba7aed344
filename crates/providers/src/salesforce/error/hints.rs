//! What each of Salesforce's codes means, what to do, and who must ("SOAP API Developer Guide, Core Data
//! Types Used in API Calls: `StatusCode`"; the REST API uses the same codes).
//!
//! Must not know: the rest of the answer.

use super::Judged;
use gatelodge_model::{
    ErrorKind::{
        self, ProviderForbidden, ProviderLimit, ProviderNotFound, ProviderRejected,
        ProviderUnavailable, ReconnectNeeded, Stale,
    },
    Retry,
    WhoMustAct::{self, Caller, Nobody, Operator, Person, ProviderAdmin},
};

pub(super) const RECONNECT: &str = "Salesforce no longer accepts this session. Reconnect Salesforce in Gatelodge under Connections.";
pub(super) const ACCESS: &str = "The connected user lacks a permission, or the record is not shared with that user. A Salesforce administrator grants object permissions in a profile or permission set (Setup > Permission Sets) and record access by sharing; the message names the object or field where Salesforce tells it.";
pub(super) const NOT_FOUND: &str = "Check the object's API name and the id. Salesforce answers the same when the connected user may not see the record.";
pub(super) const STALE: &str =
    "The record changed after the preview was made; nothing was written. Propose the change again.";
pub(super) const TOO_LONG: &str = "The request is too long for an address (16,384 bytes). Name fewer fields or shorten the filter.";
pub(super) const DOWN: &str = "Salesforce could not answer. Try again a minute later; https://status.salesforce.com tells about outages.";
pub(super) const REJECTED: &str = "Salesforce's message says what to change.";

const API_ENABLED: &str = "The connected user may not use the API. A Salesforce administrator ticks \"API Enabled\" under Setup > Users > Profiles (or Permission Sets) > the user's profile or permission set > System Permissions. Editions without API access need an upgrade.";
const FIELD: &str = "The field does not exist, or field-level security hides it from the connected user: Salesforce answers both the same. Compare with salesforce_describe_object; a Salesforce administrator shows the field under Setup > Object Manager > the object > Fields & Relationships > Set Field-Level Security.";
const FIELD_WRITE: &str = "The field is read-only for the connected user. A Salesforce administrator grants Edit Access by field-level security; formula, roll-up and system fields can never be written.";
const AUTOMATION: &str = "An automation of the org (trigger, flow or process) refused the change. Show the message to a Salesforce administrator.";
const PICKLIST: &str =
    "Use one of the field's values; salesforce_describe_object lists them in `picklist`.";

const LOCKED_ROW: &str = "Somebody else is saving the same or a related record. Nothing was saved; try again in a few seconds.";
const TRANSACTION_POLICY: Meaning = (
    &[],
    ProviderForbidden,
    ProviderAdmin,
    "A transaction security policy of the org forbids this. A Salesforce administrator finds it under Setup > Transaction Security Policies.",
);

/// Codes that mean the same, what they mean, who must act, and what to do.
type Meaning = (&'static [&'static str], ErrorKind, WhoMustAct, &'static str);

#[rustfmt::skip] // a table: one row per meaning
const MEANINGS: &[Meaning] = &[
    (&["INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "INVALID_INSTANCE"], ReconnectNeeded, Person, RECONNECT),
    (&["API_DISABLED_FOR_ORG"], ProviderForbidden, ProviderAdmin, API_ENABLED),
    (&["API_CURRENTLY_DISABLED"], ProviderForbidden, ProviderAdmin, "Salesforce has switched the API off for this org at present. A Salesforce administrator finds the reason under Setup > Company Information or asks Salesforce's support."),
    (&["INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "FORBIDDEN"], ProviderForbidden, ProviderAdmin, ACCESS),
    (&["INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"], ProviderForbidden, ProviderAdmin, "The connected user may not use the other record that a lookup field points to. Choose another one, or let a Salesforce administrator share it."),
    (&["FUNCTIONALITY_NOT_ENABLED"], ProviderForbidden, ProviderAdmin, "The feature is not switched on in this org. A Salesforce administrator switches it on in Setup."),
    (&["NOT_FOUND"], ProviderNotFound, Caller, NOT_FOUND),
    (&["ENTITY_IS_DELETED"], ProviderNotFound, Person, "The record is in the recycle bin or gone. It can be restored in Salesforce within 15 days of its deletion."),
    (&["GONE", "UNSUPPORTED_API_VERSION"], ProviderRejected, Operator, "This version of the Salesforce API is retired. Install a newer Gatelodge."),
    (&["ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE"], Stale, Caller, STALE),
    (&["UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE"], ProviderUnavailable, Nobody, DOWN),
    (&["MALFORMED_QUERY", "MALFORMED_SEARCH"], ProviderRejected, Caller, "Correct the statement at the caret of the message and call again."),
    (&["INVALID_FIELD"], ProviderRejected, Caller, FIELD),
    (&["INVALID_TYPE"], ProviderRejected, Caller, "No such object, or the connected user may not see it. salesforce_list_objects lists those that exist for this user."),
    (&["INVALID_QUERY_LOCATOR"], ProviderRejected, Caller, "Salesforce forgot this cursor (it keeps ten per user, for two days). Run the query again without cursor."),
    (&["INVALID_QUERY_FILTER_OPERATOR"], ProviderRejected, Caller, "The operator or value does not fit the field's type; an id needs 15 or 18 characters."),
    (&["QUERY_TIMEOUT", "QUERY_TOO_COMPLICATED", "OPERATION_TOO_LARGE", "REQUEST_RUNNING_TOO_LONG"], ProviderRejected, Caller, "Narrow the query: filter by an indexed field such as Id, Name, OwnerId or a date, select fewer fields, lower the limit."),
    (&["REQUIRED_FIELD_MISSING"], ProviderRejected, Caller, "Give the required fields that the message names."),
    (&["STRING_TOO_LONG"], ProviderRejected, Caller, "Shorten the value to the length that the message names."),
    (&["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"], ProviderRejected, Caller, PICKLIST),
    (&["INVALID_EMAIL_ADDRESS"], ProviderRejected, Caller, "Give a complete e-mail address."),
    (&["INVALID_FIELD_FOR_INSERT_UPDATE"], ProviderRejected, ProviderAdmin, FIELD_WRITE),
    (&["INVALID_CROSS_REFERENCE_KEY"], ProviderRejected, Caller, "A lookup field or record type points to a record that does not exist, is deleted, or is of another object."),
    (&["FIELD_CUSTOM_VALIDATION_EXCEPTION"], ProviderRejected, Caller, "A validation rule of the org refused the values; the message is its administrator's own text. Change the values accordingly."),
    (&["FIELD_FILTER_VALIDATION_EXCEPTION"], ProviderRejected, Caller, "The record that a lookup field points to does not fit the field's filter. Choose another record."),
    (&["DUPLICATES_DETECTED"], ProviderRejected, Caller, "A duplicate rule of the org found an existing record like this one. Search for it with salesforce_search and update it instead; a Salesforce administrator sees the rule under Setup > Duplicate Rules."),
    (&["DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"], ProviderRejected, Caller, "Another record has this value in a unique field; the message names it. Update that record, or give another value."),
    (&["ENTITY_IS_LOCKED"], ProviderRejected, ProviderAdmin, "The record is locked by an approval process. Wait for its end, or let a Salesforce administrator unlock it."),
    (&["INACTIVE_OWNER_OR_USER"], ProviderRejected, Caller, "The owner is not an active user. Give an active one."),
    (&["DELETE_FAILED", "DEPENDENCY_EXISTS"], ProviderRejected, Caller, "Other records depend on this one; the message names them. Move or delete those first."),
    (&["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER", "APEX_ERROR"], ProviderRejected, ProviderAdmin, AUTOMATION),
    (&["INVALID_TYPE_FOR_OPERATION"], ProviderRejected, Caller, "Salesforce does not allow this operation for this kind of record; salesforce_list_objects tells what each object supports."),
    (&["JSON_PARSER_ERROR", "INVALID_TYPE_ON_FIELD_IN_RECORD", "NUMBER_OUTSIDE_VALID_RANGE"], ProviderRejected, Caller, "A value does not fit its field's type; salesforce_describe_object lists the types."),
    (&["FIELD_INTEGRITY_EXCEPTION"], ProviderRejected, Caller, "A value does not fit the others of the record or the org's lists, such as a state that is not one of its country's. The message names the field; give a value that exists."),
    (&["CANNOT_UPDATE_CONVERTED_LEAD"], ProviderRejected, Caller, "The lead is converted and can no longer be changed. Change the account, contact or opportunity that it became."),
    (&["CANNOT_REPARENT_RECORD"], ProviderRejected, ProviderAdmin, "The record must stay with its parent. A Salesforce administrator can allow reparenting in the master-detail field's settings."),
    (&["CIRCULAR_DEPENDENCY"], ProviderRejected, Caller, "The record would become its own ancestor. Choose another parent."),
    (&["ENTITY_IS_ARCHIVED"], ProviderRejected, Caller, "The record is archived and cannot be changed. Make a new one where a change is needed."),
    (&["TRANSFER_REQUIRES_READ"], ProviderRejected, ProviderAdmin, "The new owner may not read such records. Choose another owner, or let a Salesforce administrator grant that user Read on the object."),
    (&["LIMIT_EXCEEDED"], ProviderLimit, ProviderAdmin, "The org has reached a limit; the message names it. Wait for its period to end, or let a Salesforce administrator raise it."),
    (&["INVALID_STATUS"], ProviderRejected, Caller, "The record cannot take this status now, for example because it must be a draft or activated first. Change the status step by step."),
    (&["MERGE_FAILED"], ProviderRejected, Caller, "The records cannot be merged; the message says why."),
    (&["UNDELETE_FAILED"], ProviderRejected, Caller, "The record cannot be restored: it is not in the recycle bin any more (15 days), or its parent is deleted too. Restore the parent first."),
    (&["TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET"], ProviderRejected, Caller, "A text holds characters that the org does not take, such as control characters or emoji. Take them out."),
    (&["ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED", "BATCH_PROCESSING_HALTED"], ProviderRejected, Caller, "This record was right and was not saved because another one of the batch was refused. Correct that one, or propose without `all_or_none`."),
    (&["MALFORMED_ID"], ProviderRejected, Caller, "An id is not one, or belongs to a record of another object. Copy the id again, whole."),
    (&["EXCEEDED_ID_LIMIT"], ProviderRejected, Caller, "Too many records at once. Use smaller batches, or LIMIT in an aggregate query."),
    (&["INVALID_REPLICATION_DATE", "ILLEGAL_QUERY_PARAMETER_VALUE", "INVALID_SEARCH", "INVALID_SEARCH_SCOPE"], ProviderRejected, Caller, "An argument is outside of what Salesforce takes; the message names it."),
    (&["METHOD_NOT_ALLOWED", "UNSUPPORTED_MEDIA_TYPE"], ProviderRejected, Operator, "This version of Gatelodge asks in a way that this org does not take. Install a newer Gatelodge."),
    (&["MULTIPLE_CHOICES"], ProviderRejected, Caller, "Several records have this external id. Use the record's id instead."),
    (&["INVALIDENTITY", "FeatureNotEnabled", "INVALIDOPERATION"], ProviderRejected, Caller, "This cannot be exported in bulk. Use salesforce_query."),
    (&["INVALIDJOB", "INVALIDJOBSTATE"], ProviderRejected, Caller, "Salesforce no longer has this job in this state; results are kept for seven days. Start the export again."),
    (&["CLIENT_INPUT_ERROR", "API_ERROR"], ProviderRejected, Caller, REJECTED),
    (&["STORAGE_LIMIT_EXCEEDED"], ProviderLimit, ProviderAdmin, "The org's storage is full. A Salesforce administrator frees or buys storage (Setup > Storage Usage)."),
];

/// What the code means; none where only the status tells.
pub(super) fn find(code: &str, message: &str) -> Option<Judged> {
    match code {
        "REQUEST_LIMIT_EXCEEDED" => return Some(request_limit(message)),
        "UNABLE_TO_LOCK_ROW" => {
            return Some(Judged {
                kind: ProviderRejected,
                retry: Some(Retry::Later),
                who: Nobody,
                hint: LOCKED_ROW,
            });
        }
        _ => {}
    }
    let known = MEANINGS.iter().find(|(codes, ..)| codes.contains(&code));
    let (_, kind, who, hint) = match known {
        Some(known) => *known,
        // A family of codes, one per kind of policy.
        None if code.starts_with("TXN_SECURITY") => TRANSACTION_POLICY,
        None => return None,
    };
    let retry = (who == ProviderAdmin).then_some(Retry::AfterAction);
    Some(Judged {
        kind,
        retry,
        who,
        hint,
    })
}

/// The daily total and the number of calls at one time share a code.
fn request_limit(message: &str) -> Judged {
    let (who, hint) = if message.starts_with("Concurrent") {
        (
            Nobody,
            "The org runs too many long calls at the same time. Try again in a minute.",
        )
    } else {
        (
            ProviderAdmin,
            "The org used up its API calls of the last 24 hours. Wait until older calls leave that window; a Salesforce administrator sees the usage under Setup > Company Information and can buy more.",
        )
    };
    Judged {
        kind: ProviderLimit,
        retry: Some(Retry::Later),
        who,
        hint,
    }
}
