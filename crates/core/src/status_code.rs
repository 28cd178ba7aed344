//! One number per kind of error, so that every face answers alike. The numbers are HTTP's (RFC 9110 §15),
//! but nothing here speaks HTTP.

use gatelodge_model::ErrorKind;

/// The status that an error of this kind is answered with.
pub const fn http_status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidArgument | ErrorKind::StateInvalid => 400,
        ErrorKind::Unauthenticated => 401,
        ErrorKind::Forbidden
        | ErrorKind::MissingScope
        | ErrorKind::ProviderDisabled
        | ErrorKind::ProviderForbidden
        | ErrorKind::ProviderApprovalNeeded
        | ErrorKind::EgressDenied
        | ErrorKind::SessionMismatch
        | ErrorKind::ApprovalMissing
        | ErrorKind::PasskeyNeeded
        | ErrorKind::StepUpNeeded
        | ErrorKind::PasskeyRefused => 403,
        ErrorKind::UnknownTool | ErrorKind::NotFound | ErrorKind::ProviderNotFound => 404,
        ErrorKind::Conflict
        | ErrorKind::IdempotencyConflict
        | ErrorKind::ConnectionAmbiguous
        | ErrorKind::NotConnected
        | ErrorKind::ReconnectNeeded
        | ErrorKind::Stale
        | ErrorKind::Expired
        | ErrorKind::ProposalChanged => 409,
        ErrorKind::ProviderRejected => 422,
        ErrorKind::ProviderLimit | ErrorKind::RateLimited | ErrorKind::BudgetExceeded => 429,
        ErrorKind::ProviderUnavailable | ErrorKind::UnknownOutcome => 502,
        ErrorKind::StoreUnavailable
        | ErrorKind::AuditUnavailable
        | ErrorKind::KeeperUnavailable
        | ErrorKind::RestoredCopy
        | ErrorKind::Sealed => 503,
        ErrorKind::ProviderTimeout => 504,
        _ => 500,
    }
}
