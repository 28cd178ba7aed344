//! Reading and writing our cookies: HTTP-only, same-site, whole-site, secure where the site is.
//!
//! Must not know: what a cookie's value means.

use crate::state::WebOptions;
use axum::http::{HeaderMap, HeaderValue, header};
use gatelodge_model::{Error, Result, Secret};

/// The value of a cookie of this name. Two of one name mean that another site under our domain set one:
/// then none counts (security case U6).
pub(crate) fn read(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then(|| Secret::new(first))
}

/// A `Set-Cookie` value (RFC 6265 §4.1). Lax, because the provider sends the browser back with a plain link.
pub(crate) fn set(
    options: WebOptions,
    name: &str,
    value: &str,
    seconds: i64,
) -> Result<HeaderValue> {
    let secure = if options.secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).map_err(Error::internal)?;
    header.set_sensitive(true);
    Ok(header)
}

/// A `Set-Cookie` value that removes it.
pub(crate) fn clear(options: WebOptions, name: &str) -> Result<HeaderValue> {
    set(options, name, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(line: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(line).unwrap())])
    }

    #[test]
    fn one_cookie_of_a_name_is_read_and_two_are_not() {
        // proves U6
        let one = headers("a=1; __Host-gatelodge=abc; b=2");
        assert_eq!(read(&one, "__Host-gatelodge"), Some(Secret::new("abc")));
        assert_eq!(
            read(&headers("gatelodge=x; gatelodge=y"), "gatelodge"),
            None
        );
        assert_eq!(read(&headers("gatelodge="), "gatelodge"), None);
        assert_eq!(read(&HeaderMap::new(), "gatelodge"), None);
    }

    #[test]
    fn cookies_carry_every_flag() {
        // proves U6
        let options = WebOptions {
            secure_cookies: true,
        };
        let header = set(options, options.session_cookie(), "v", 60).unwrap();
        assert_eq!(
            header.to_str().unwrap(),
            "__Host-gatelodge=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        let plain = WebOptions {
            secure_cookies: false,
        };
        assert!(
            !clear(plain, plain.session_cookie())
                .unwrap()
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }
}
