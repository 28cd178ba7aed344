//! How the store fails, told apart by what the caller can do about it.
//!
//! Must not know: what was being done. Nothing here holds a value of a row, only names of tables and ids.

use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use std::fmt;

/// A failed request to the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody was faster, the state does not allow the change, or the value exists already.
    #[error("{what} was changed meanwhile or exists already")]
    Conflict {
        /// The thing.
        what: String,
    },
    /// No such row in this organization.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
    },
    /// The database is locked, full, down or unreachable; trying again later can help.
    #[error("the database cannot be used now: {reason}")]
    Unavailable {
        /// What it said.
        reason: String,
    },
    /// The audit log cannot be written, therefore nothing was done.
    #[error("the audit log cannot be written: {reason}")]
    AuditUnavailable {
        /// What the database said.
        reason: String,
    },
    /// Folder, file or server takes no writes.
    #[error(
        "the database at {place} is not writable: {reason}. Give the user that runs Gatelodge write access to it, or name another place in database.urls"
    )]
    NotWritable {
        /// Folder, file or server.
        place: String,
        /// What came back.
        reason: String,
    },
    /// The file of the database is not what SQLite wrote.
    #[error(
        "the database file is damaged: {reason}. Stop Gatelodge, keep a copy of the file, and restore the last backup"
    )]
    Damaged {
        /// What SQLite said.
        reason: String,
    },
    /// The address of the database cannot be used.
    #[error("database.urls: {reason}")]
    InvalidUrl {
        /// Why; without the address, which may hold a password.
        reason: String,
    },
    /// The embedded or reached engine is too old to be safe.
    #[error("SQLite {found} is too old: {needed} or newer is needed")]
    OldEngine {
        /// What runs.
        found: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A newer Gatelodge wrote this database.
    #[error(
        "the database was written by a newer Gatelodge: it knows the migration '{found}', this program ends at '{newest}'. Start the newer program, or restore the backup made before the upgrade"
    )]
    NewerSchema {
        /// The migration that is not known here.
        found: String,
        /// The newest one that is.
        newest: String,
    },
    /// A stored value cannot be read back.
    #[error("the row {row} of {table} holds an unreadable value in {column}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Identity of the row.
        row: String,
    },
    /// A unit of work was to be committed without an audit event.
    #[error("no audit event was given: what is not audited is not done")]
    Unaudited,
    /// A row or an event of another organization than the unit's.
    #[error("{what} belongs to another organization than the unit of work")]
    ForeignOrganization {
        /// The kind of thing.
        what: &'static str,
    },
    /// A fault of ours.
    #[error("the store failed: {reason}")]
    Internal {
        /// What the database said.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Self::Conflict { what: what.into() }
    }

    pub(crate) fn unavailable(reason: impl fmt::Display) -> Self {
        Self::Unavailable {
            reason: reason.to_string(),
        }
    }

    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal {
            reason: reason.to_string(),
        }
    }

    /// The same failure, seen by somebody who was writing the audit log.
    pub(crate) fn while_auditing(self) -> Self {
        match self {
            Self::Unavailable { reason } | Self::Internal { reason } => {
                Self::AuditUnavailable { reason }
            }
            Self::NotWritable { .. } | Self::Conflict { .. } => Self::AuditUnavailable {
                reason: self.to_string(),
            },
            other => other,
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::conflict("The row");
        }
        match &error {
            DbErr::ConnectionAcquire(cause) => Self::unavailable(cause),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause.as_ref().into(),
            DbErr::RecordNotUpdated => Self::conflict("The row"),
            _ => Self::internal(error),
        }
    }
}

impl From<&sqlx::Error> for StoreError {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(cause) => {
                let code = cause.code().unwrap_or_default();
                match classify(&code) {
                    Class::Retryable => Self::unavailable(cause.message()),
                    Class::ReadOnly => Self::NotWritable {
                        place: "the configured address".to_owned(),
                        reason: cause.message().to_owned(),
                    },
                    Class::Duplicate => Self::conflict("The row"),
                    Class::Damaged => Self::Damaged {
                        reason: cause.message().to_owned(),
                    },
                    Class::Other => Self::internal(cause.message()),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from(&error)
    }
}

enum Class {
    Retryable,
    ReadOnly,
    Duplicate,
    Damaged,
    Other,
}

/// Result codes of SQLite (<https://sqlite.org/rescode.html>; extended ones carry the primary code in
/// their low byte) and SQLSTATE classes of PostgreSQL (its manual, appendix A).
fn classify(code: &str) -> Class {
    if code.len() == 5 {
        return match code {
            "25006" => Class::ReadOnly,
            "23505" => Class::Duplicate,
            // serialisation failure, deadlock, lock not available
            "40001" | "40P01" | "55P03" => Class::Retryable,
            _ if ["08", "53", "57"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Class::Retryable
            }
            _ => Class::Other,
        };
    }
    match code.parse::<u32>().map(|number| (number, number & 0xff)) {
        Ok((1555 | 2067, _)) => Class::Duplicate,
        // BUSY, LOCKED, IOERR, FULL
        Ok((_, 5 | 6 | 10 | 13)) => Class::Retryable,
        // PERM, READONLY, CANTOPEN
        Ok((_, 3 | 8 | 14)) => Class::ReadOnly,
        // CORRUPT, NOTADB
        Ok((_, 11 | 26)) => Class::Damaged,
        _ => Class::Other,
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Conflict { what } => Self::new(
                ErrorKind::Conflict,
                format!("{what} was changed meanwhile or exists already."),
            )
            .with_hint(
                WhoMustAct::Caller,
                "Look at its present state and decide again.",
            ),
            StoreError::NotFound { what } => Self::not_found(what),
            StoreError::Unavailable { reason } => Self::new(
                ErrorKind::StoreUnavailable,
                "The database cannot be used at the moment. Nothing was done.",
            )
            .with_context("cause", reason)
            .with_hint(WhoMustAct::Nobody, "Try again in a few seconds."),
            StoreError::Damaged { .. } => Self::new(
                ErrorKind::StoreUnavailable,
                "The database file is damaged. Nothing was done.",
            )
            .with_retry(gatelodge_model::Retry::AfterAction)
            .with_hint(
                WhoMustAct::Operator,
                "Stop Gatelodge, keep a copy of the file, and restore the last backup.",
            )
            .with_context("cause", &error),
            StoreError::AuditUnavailable { reason } => Self::new(
                ErrorKind::AuditUnavailable,
                "The audit log cannot be written, therefore nothing was done.",
            )
            .with_context("cause", reason)
            .with_hint(
                WhoMustAct::Operator,
                "Look at the database: space, permissions, reachability.",
            ),
            StoreError::NotWritable { .. } => Self::new(
                ErrorKind::StoreUnavailable,
                "The database takes no writes. Nothing was done.",
            )
            .with_context("cause", &error)
            .with_hint(WhoMustAct::Operator, "Make the database writable."),
            StoreError::InvalidUrl { .. }
            | StoreError::OldEngine { .. }
            | StoreError::NewerSchema { .. } => {
                Self::new(ErrorKind::Misconfigured, error.to_string())
            }
            StoreError::Corrupt { .. }
            | StoreError::Unaudited
            | StoreError::ForeignOrganization { .. }
            | StoreError::Internal { .. } => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_whether_waiting_helps_and_hides_its_cause_from_the_caller() {
        // proves L6
        let error = Error::from(StoreError::unavailable("database is locked"));
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        assert!(!error.to_string().contains("locked"));
        let error = Error::from(StoreError::internal("near \"SELEC\": syntax error"));
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!error.to_string().contains("SELEC"));
    }

    #[test]
    fn codes_of_both_engines_are_told_apart() {
        assert!(matches!(classify("5"), Class::Retryable));
        assert!(matches!(classify("517"), Class::Retryable));
        assert!(matches!(classify("1032"), Class::ReadOnly));
        assert!(matches!(classify("2067"), Class::Duplicate));
        assert!(matches!(classify("40001"), Class::Retryable));
        assert!(matches!(classify("08006"), Class::Retryable));
        assert!(matches!(classify("25006"), Class::ReadOnly));
        assert!(matches!(classify("42601"), Class::Other));
    }
}
