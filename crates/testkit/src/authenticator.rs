//! A passkey in software: answers what a browser would be asked, and lies wherever a test wants it to (WebAuthn
//! Level 3, §6; CTAP2's "none" attestation; ES256).
//!
//! Tests of the keeper include this file by its path, because they must not depend on the whole product. Must not
//! know: who asks.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A passkey of one site.
pub struct SoftPasskey {
    key: EcdsaKeyPair,
    /// The credential id.
    pub id: Vec<u8>,
    /// The address of the page that asks.
    pub origin: String,
    /// The site that it was made for.
    pub site: String,
    /// Goes up with each use; a device that does not count always says 0.
    pub counter: u32,
    /// How far the counter goes up.
    pub step: i64,
    /// Whether the device verified who holds it.
    pub verified: bool,
    /// Another challenge than the one that was asked for.
    pub challenge: Option<String>,
    /// Another kind of ceremony than the one that was asked for.
    pub kind: Option<&'static str>,
}

impl SoftPasskey {
    /// A passkey that is not enrolled anywhere yet, in a browser that shows a page of this address.
    pub fn new(origin: &str, site: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        Self {
            key,
            id,
            origin: origin.to_owned(),
            site: site.to_owned(),
            counter: 0,
            step: 1,
            verified: true,
            challenge: None,
            kind: None,
        }
    }

    /// The id as browsers write it.
    pub fn id_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> String {
        let client_data = self.client_data(options, "webauthn.create");
        let mut data = self.authenticator_data(ATTESTED);
        data.extend([0; 16]);
        data.extend(
            u16::try_from(self.id.len())
                .expect("a short id")
                .to_be_bytes(),
        );
        data.extend(&self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).expect("short data").to_be_bytes());
        attestation.extend(data);
        let response = json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
        });
        self.answer(&response)
    }

    /// `navigator.credentials.get`.
    #[expect(
        clippy::disallowed_methods,
        reason = "a signature of ECDSA takes randomness, and only from its own library"
    )]
    pub fn get(&mut self, options: &Value) -> String {
        let client_data = self.client_data(options, "webauthn.get");
        self.counter = u32::try_from(i64::from(self.counter) + self.step).expect("a counter");
        let data = self.authenticator_data(0);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client_data.as_bytes()).as_ref());
        let signature = self
            .key
            .sign(&SystemRandom::new(), &signed)
            .expect("a signature");
        let response = json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
            "userHandle": null,
        });
        self.answer(&response)
    }

    fn client_data(&self, options: &Value, kind: &str) -> String {
        let asked = options["publicKey"]["challenge"]
            .as_str()
            .expect("a challenge");
        let challenge = self.challenge.as_deref().unwrap_or(asked);
        let kind = self.kind.unwrap_or(kind);
        json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false,
        })
        .to_string()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.site.as_bytes()).as_ref().to_vec();
        let verified = if self.verified { VERIFIED } else { 0 };
        data.push(flags | PRESENT | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key in COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(&point[1..33]);
        key.extend(b"\x22\x58\x20");
        key.extend(&point[33..65]);
        key
    }

    fn answer(&self, response: &Value) -> String {
        json!({
            "id": self.id_text(), "rawId": self.id_text(), "type": "public-key",
            "response": response, "extensions": {},
        })
        .to_string()
    }
}
