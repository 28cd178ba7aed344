//! Files in Salesforce: `ContentDocument` is the file, `ContentVersion` one state of it, and the bytes of a
//! state are its `VersionData` ("Object Reference, `ContentVersion`").
//!
//! Must not know: any particular tool.

pub(super) mod csv;
pub(super) mod text;
pub(super) mod version;
