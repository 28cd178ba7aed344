//! Where the operator's key comes from: a file that only its owner can read, or a text that the caller
//! took from the environment.
//!
//! A key is never made silently: a new key beside an old database would look like damage. Must not know:
//! what the key opens.

use crate::{
    error::KeyError,
    key::{KEY_LENGTH, Kek},
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use gatelodge_model::{Random, Secret};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// More than any written form of a key; a larger file is no key.
const LARGEST_FILE: u64 = 4096;

/// Gives the operator's key.
pub trait KeyProvider: Send + Sync {
    /// Reads the key.
    ///
    /// # Errors
    /// What is wrong with it and what to do.
    fn kek(&self) -> Result<Kek, KeyError>;
}

/// A key in a file of mode 0600 outside the data folder.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    data_folder: Option<PathBuf>,
    forbidden: u32,
}

/// Bits of the mode that let others than the owner in.
const FORBIDDEN: u32 = 0o077;

/// The same for a systemd credential: its reader is named by an access list, whose mask shows as the
/// group's bits (systemd.exec(5), "Credentials").
const FORBIDDEN_TO_CREDENTIALS: u32 = 0o037;

impl KeyFile {
    /// Names a credential that systemd put into the folder of `$CREDENTIALS_DIRECTORY`.
    pub fn systemd_credential(folder: &Path, name: &str) -> Self {
        Self {
            path: folder.join(name),
            data_folder: None,
            forbidden: FORBIDDEN_TO_CREDENTIALS,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names the file, and the folder in which it must not lie (none where the database is a server).
    pub fn new(path: impl Into<PathBuf>, data_folder: Option<PathBuf>) -> Self {
        Self {
            path: path.into(),
            data_folder,
            forbidden: FORBIDDEN,
        }
    }

    /// Writes a new key (and makes its folder), readable by its owner only and durable when this returns.
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::InsideDataFolder`], [`KeyError::Unreadable`].
    pub fn create(&self, random: &dyn Random) -> Result<Kek, KeyError> {
        let folder = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(|cause| self.unreadable(cause))?;
        self.refuse_inside_data_folder(folder)?;
        let kek = Kek::generate(random);
        let text = Zeroizing::new(format!("{}\n", hex::encode(kek.bytes())));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| File::open(folder)?.sync_all());
        match written {
            Ok(()) => Ok(kek),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(KeyError::Exists {
                path: self.path.clone(),
            }),
            Err(cause) => Err(self.unreadable(cause)),
        }
    }

    fn unreadable(&self, cause: std::io::Error) -> KeyError {
        if cause.kind() == ErrorKind::NotFound {
            KeyError::Missing {
                path: self.path.clone(),
            }
        } else {
            KeyError::Unreadable {
                path: self.path.clone(),
                cause,
            }
        }
    }

    /// Compares real places: a link from the data folder to elsewhere is fine, one into it is not.
    fn refuse_inside_data_folder(&self, place: &Path) -> Result<(), KeyError> {
        let Some(data_folder) = &self.data_folder else {
            return Ok(());
        };
        let place = fs::canonicalize(place).map_err(|cause| self.unreadable(cause))?;
        // A data folder that does not exist yet holds nothing.
        let inside = fs::canonicalize(data_folder).is_ok_and(|folder| place.starts_with(folder));
        if inside {
            return Err(KeyError::InsideDataFolder {
                path: self.path.clone(),
                data_folder: data_folder.clone(),
            });
        }
        Ok(())
    }
}

impl KeyProvider for KeyFile {
    fn kek(&self) -> Result<Kek, KeyError> {
        let file = File::open(&self.path).map_err(|cause| self.unreadable(cause))?;
        // Asked of the opened file, so that nobody can exchange it in between.
        let metadata = file.metadata().map_err(|cause| self.unreadable(cause))?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & self.forbidden != 0 {
            return Err(KeyError::WrongPermissions {
                path: self.path.clone(),
                mode,
            });
        }
        self.refuse_inside_data_folder(&self.path)?;
        let mut content = Zeroizing::new(Vec::new());
        file.take(LARGEST_FILE)
            .read_to_end(&mut content)
            .map_err(|cause| self.unreadable(cause))?;
        read_key(&content, &self.path.display().to_string())
    }
}

/// A key as text, such as the value of an environment variable that the caller read.
#[derive(Debug, Clone)]
pub struct KeyText {
    text: Secret,
    source_name: String,
}

impl KeyText {
    /// Takes the text, and the name under which errors speak of it, such as `GATELODGE_KEY`.
    pub fn new(text: Secret, source_name: impl Into<String>) -> Self {
        Self {
            text,
            source_name: source_name.into(),
        }
    }
}

impl KeyProvider for KeyText {
    fn kek(&self) -> Result<Kek, KeyError> {
        read_key(self.text.expose().as_bytes(), &self.source_name)
    }
}

/// Both alphabets of RFC 4648 (sections 4 and 5), with and without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

fn read_key(content: &[u8], source_name: &str) -> Result<Kek, KeyError> {
    let text = content.trim_ascii();
    let hexadecimal = hex::decode(text).ok().map(Zeroizing::new);
    let base64 = STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .ok()
        .map(Zeroizing::new);
    let readings = [hexadecimal, base64];
    let mut found = None;
    for reading in readings.iter().flatten() {
        if reading.len() == KEY_LENGTH {
            let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
            bytes.copy_from_slice(reading);
            return Ok(Kek::from_bytes(bytes));
        }
        // Hexadecimal digits are base64 too: count what was more probably meant.
        found.get_or_insert(reading.len());
    }
    let source_name = source_name.to_owned();
    Err(match found {
        Some(found) => KeyError::WrongLength { source_name, found },
        None => KeyError::Malformed { source_name },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose;
    use gatelodge_model::clock::testing::SeededRandom;
    use std::os::unix::fs::symlink;

    fn write(path: &Path, content: &str, mode: u32) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_made_key_reads_back_and_is_never_overwritten() {
        // proves V3
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("key"), None);
        assert!(matches!(file.kek(), Err(KeyError::Missing { .. })));
        let made = file.create(&SeededRandom::new(1)).unwrap();
        assert_eq!(file.kek().unwrap().id(), made.id());
        let mode = fs::metadata(folder.path().join("key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(matches!(
            file.create(&SeededRandom::new(2)),
            Err(KeyError::Exists { .. })
        ));
        assert_eq!(file.kek().unwrap().id(), made.id());
    }

    #[test]
    fn a_file_that_others_can_reach_is_refused_with_its_mode_and_the_cure() {
        // proves V3
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for mode in [0o644, 0o640, 0o602, 0o660] {
            write(&path, &"ab".repeat(32), mode);
            let error = KeyFile::new(&path, None).kek().unwrap_err();
            assert!(
                matches!(error, KeyError::WrongPermissions { mode: found, .. } if found == mode)
            );
            let message = error.to_string();
            assert!(message.contains(&format!("{mode:04o}")), "{message}");
            assert!(message.contains("chmod 600"), "{message}");
        }
        write(&path, &"ab".repeat(32), 0o400);
        assert!(KeyFile::new(&path, None).kek().is_ok());
    }

    #[test]
    fn a_systemd_credential_may_show_the_mask_of_its_access_list() {
        // proves V3
        let folder = tempfile::tempdir().unwrap();
        let credential = KeyFile::systemd_credential(folder.path(), "gatelodge.key");
        assert!(matches!(credential.kek(), Err(KeyError::Missing { .. })));
        for (mode, good) in [(0o400, true), (0o440, true), (0o444, false), (0o460, false)] {
            let path = folder.path().join("gatelodge.key");
            if path.exists() {
                fs::remove_file(&path).unwrap();
            }
            write(&path, &"ab".repeat(32), mode);
            assert_eq!(credential.kek().is_ok(), good, "{mode:o}");
        }
    }

    #[test]
    fn a_half_written_or_foreign_file_is_refused() {
        // proves V3
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for (content, length) in [
            ("", 0),
            ("abcd", 2),
            (&"ab".repeat(31) as &str, 31),
            ("c2hvcnQ=", 5),
        ] {
            write(&path, content, 0o600);
            let error = KeyFile::new(&path, None).kek().unwrap_err();
            assert!(
                matches!(error, KeyError::WrongLength { found, .. } if found == length),
                "{content}: {error}"
            );
        }
        write(&path, "this is not a key!", 0o600);
        let error = KeyFile::new(&path, None).kek().unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }));
    }

    #[test]
    fn a_key_inside_the_data_folder_is_refused_however_it_is_reached() {
        // proves V1, V3
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let inside = data.join("key");
        write(&inside, &"ab".repeat(32), 0o600);
        let link = folder.path().join("link");
        symlink(&inside, &link).unwrap();
        for path in [inside, data.join("../data/key"), link] {
            let error = KeyFile::new(&path, Some(data.clone())).kek().unwrap_err();
            assert!(
                matches!(error, KeyError::InsideDataFolder { .. }),
                "{error}"
            );
        }
        let made = KeyFile::new(data.join("new"), Some(data.clone())).create(&SeededRandom::new(1));
        assert!(matches!(made, Err(KeyError::InsideDataFolder { .. })));
        assert!(!data.join("new").exists());
    }

    #[test]
    fn text_forms_give_the_same_key() {
        let bytes = [0xfb_u8; KEY_LENGTH];
        let forms = [
            hex::encode(bytes),
            hex::encode_upper(bytes),
            general_purpose::STANDARD.encode(bytes),
            general_purpose::STANDARD_NO_PAD.encode(bytes),
            general_purpose::URL_SAFE.encode(bytes),
            format!(" {}\n", general_purpose::URL_SAFE_NO_PAD.encode(bytes)),
        ];
        let expected = Kek::from_bytes(Zeroizing::new(bytes)).id();
        for form in forms {
            let text = KeyText::new(Secret::new(form), "GATELODGE_KEY");
            assert_eq!(text.kek().unwrap().id(), expected);
        }
    }
}
