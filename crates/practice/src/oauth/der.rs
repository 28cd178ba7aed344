//! The few bytes of ASN.1 that keys and certificates need.
//!
//! Reads lengths and skips; must not know algorithms.

/// Tag of a sequence.
pub(crate) const SEQUENCE: u8 = 0x30;
/// Tag of an integer.
pub(crate) const INTEGER: u8 = 0x02;
/// Tag of the version of a certificate.
const VERSION: u8 = 0xa0;

/// One element: its tag, its content, itself with its head, and what follows.
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    whole: &'a [u8],
    rest: &'a [u8],
}

/// Reads the element at the beginning.
pub(crate) fn read(bytes: &[u8]) -> Option<Element<'_>> {
    let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
    let (length, head) = if first < 0x80 {
        (usize::from(first), 2)
    } else {
        let count = usize::from(first & 0x7f);
        let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
        let length = digits
            .iter()
            .fold(0, |sum, digit| sum * 256 + usize::from(*digit));
        (length, 2 + count)
    };
    let end = head.checked_add(length)?;
    Some(Element {
        tag,
        content: bytes.get(head..end)?,
        whole: bytes.get(..end)?,
        rest: bytes.get(end..)?,
    })
}

/// The two numbers of an RSA public key (RFC 8017 appendix A.1.1), without leading zeros.
pub(crate) fn rsa_numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let sequence = read(key).filter(|element| element.tag == SEQUENCE)?;
    let modulus = read(sequence.content).filter(|element| element.tag == INTEGER)?;
    let exponent = read(modulus.rest).filter(|element| element.tag == INTEGER)?;
    let bare = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((
        modulus.content.get(bare(modulus.content)..)?,
        exponent.content.get(bare(exponent.content)..)?,
    ))
}

/// The public key information inside a certificate (RFC 5280 section 4.1).
pub(crate) fn certified_key(certificate: &[u8]) -> Option<&[u8]> {
    let certificate = read(certificate).filter(|element| element.tag == SEQUENCE)?;
    let body = read(certificate.content).filter(|element| element.tag == SEQUENCE)?;
    let mut rest = body.content;
    if let Some(version) = read(rest).filter(|element| element.tag == VERSION) {
        rest = version.rest;
    }
    // Serial number, algorithm, issuer, validity, subject.
    for _ in 0..5 {
        rest = read(rest)?.rest;
    }
    let key = read(rest).filter(|element| element.tag == SEQUENCE)?;
    Some(key.whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_short_and_long_lengths() {
        let mut long = vec![0x04, 0x82, 0x01, 0x00];
        long.extend([7; 256]);
        long.push(9);
        let element = read(&long).unwrap();
        assert_eq!((element.content.len(), element.rest), (256, &[9_u8][..]));
        let key = [0x30, 0x07, 0x02, 0x02, 0x00, 0xff, 0x02, 0x01, 0x03];
        assert_eq!(rsa_numbers(&key), Some((&[0xff_u8][..], &[3_u8][..])));
    }

    #[test]
    fn finds_the_key_in_a_certificate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let found = certified_key(certificate.der()).unwrap();
        assert_eq!(found, rcgen::PublicKeyData::subject_public_key_info(&key));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = (rsa_numbers(&bytes), certified_key(&bytes));
        }
    }
}
