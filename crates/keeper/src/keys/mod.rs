//! Keys over their life: unlocked, listed, replaced, given up, destroyed.
//!
//! `unlock` gives the keeper its key; `inventory` says what each key seals; `rotate` begins a replacement and
//! `work` does it, in small steps and by lease, whichever keeper comes first; `retire` and `erase` end keys;
//! `watch` notices what other keepers did. Must not know: what records say.

mod erase;
mod in_use;
mod inventory;
mod retire;
mod rotate;
mod unlock;
mod watch;
mod work;

pub use in_use::key_file_in_use;
pub(crate) use unlock::Attempts;

use gatelodge_keeper_client::{RotatedKey, RotationFacts};
use gatelodge_store::keeper::{DataKeyPurpose, KeyRotation, RotationKind};

/// Row of the settings that tells which key this database belongs to.
pub const KEY_CHECK: &str = "vault.key_check";

/// Row of the settings with salt and cost of the passphrase.
pub const PASSPHRASE: &str = "vault.passphrase";

fn facts(rotation: &KeyRotation) -> RotationFacts {
    RotationFacts {
        id: rotation.id,
        organization: rotation.organization,
        key: match rotation.kind {
            RotationKind::Kek => RotatedKey::Kek,
            RotationKind::CredentialKey => RotatedKey::Credentials,
            RotationKind::CustomerDataKey => RotatedKey::CustomerData,
        },
        target: rotation.target.clone(),
        started_by: rotation.started_by.clone(),
        started_at: rotation.started_at,
        finished_at: rotation.finished_at,
        total: rotation.total,
        done: rotation.done,
        unreadable: rotation.unreadable,
    }
}

/// The purpose of the key that a replacement replaces; `None` for the operator's key.
const fn purpose(kind: RotationKind) -> Option<DataKeyPurpose> {
    match kind {
        RotationKind::Kek => None,
        RotationKind::CredentialKey => Some(DataKeyPurpose::Credentials),
        RotationKind::CustomerDataKey => Some(DataKeyPurpose::CustomerData),
    }
}

const fn kind(purpose: DataKeyPurpose) -> RotationKind {
    match purpose {
        DataKeyPurpose::Credentials => RotationKind::CredentialKey,
        DataKeyPurpose::CustomerData => RotationKind::CustomerDataKey,
    }
}
