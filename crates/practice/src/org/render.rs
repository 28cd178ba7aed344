//! Records as JSON text, written straight into the answer.
//!
//! Must not know queries or HTTP headers.

use super::id::Id;
use super::schema::{FieldType, Object};
use super::state::Record;
use super::value::{Value, write_display};

/// Appends `"attributes":{"type":…,"url":…}` without braces around it.
pub fn write_attributes(out: &mut Vec<u8>, base: &str, object: &str, id: Id) {
    out.extend_from_slice(b"\"attributes\":{\"type\":\"");
    out.extend_from_slice(object.as_bytes());
    out.extend_from_slice(b"\",\"url\":\"");
    out.extend_from_slice(base.as_bytes());
    out.extend_from_slice(b"/sobjects/");
    out.extend_from_slice(object.as_bytes());
    out.push(b'/');
    out.extend_from_slice(&id.bytes());
    out.extend_from_slice(b"\"}");
}

/// Appends the value of a field; an address is put together from its parts.
pub fn write_field(out: &mut Vec<u8>, base: &str, object: &Object, record: &Record, field: usize) {
    let known = &object.fields[field];
    match known.kind {
        FieldType::Address => write_address(out, object, record, field),
        FieldType::Base64 if !record.values[field].is_null() => {
            // The bytes have an address of their own.
            write_display(
                out,
                format_args!(
                    "\"{base}/sobjects/{}/{}/{}\"",
                    object.name, record.id, known.name
                ),
            );
        }
        _ => record.values[field].write_json(out),
    }
}

/// Appends a whole record with the fields given.
pub fn write_record(
    out: &mut Vec<u8>,
    base: &str,
    object: &Object,
    record: &Record,
    fields: &[usize],
) {
    out.push(b'{');
    write_attributes(out, base, &object.name, record.id);
    for field in fields {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(object.fields[*field].name.as_bytes());
        out.extend_from_slice(b"\":");
        write_field(out, base, object, record, *field);
    }
    out.push(b'}');
}

fn write_address(out: &mut Vec<u8>, object: &Object, record: &Record, field: usize) {
    let address = &object.fields[field].name;
    let prefix = address.strip_suffix("Address").unwrap_or_default();
    let parts = [
        ("city", "City"),
        ("country", "Country"),
        ("geocodeAccuracy", ""),
        ("latitude", "Latitude"),
        ("longitude", "Longitude"),
        ("postalCode", "PostalCode"),
        ("state", "State"),
        ("street", "Street"),
    ]
    .map(|(key, part)| (key, record.get(object, &format!("{prefix}{part}"))));
    if parts
        .iter()
        .all(|(key, value)| *key == "geocodeAccuracy" || value.is_null())
    {
        out.extend_from_slice(b"null");
        return;
    }
    for (index, (key, value)) in parts.into_iter().enumerate() {
        out.push(if index == 0 { b'{' } else { b',' });
        super::value::write_text(out, key);
        out.push(b':');
        // Without a part name the lookup found the address itself, which is never stored.
        if key == "geocodeAccuracy" {
            Value::Null.write_json(out);
        } else {
            value.write_json(out);
        }
    }
    out.push(b'}');
}
