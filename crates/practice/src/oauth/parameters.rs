//! Parameters of an OAuth request, from the query string or a form.
//!
//! Splits and decodes; knows no parameter by name.

use std::collections::BTreeMap;

/// Decoded parameters. Of a repeated one the first counts; an empty one counts as absent.
#[derive(Clone, Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `a=1&b=2`, from a query string or a form body.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let mut parameters = Self::default();
        parameters.add(text);
        parameters
    }

    /// Adds parameters that are not there yet.
    pub(crate) fn add(&mut self, text: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(text) {
            if !value.is_empty() {
                self.0
                    .entry(name.into_owned())
                    .or_insert_with(|| value.into_owned());
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a parameter, whatever it was.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_the_first_value_counts(bytes: Vec<u8>, value in "[a-z]{1,9}") {
            let mut parameters = Parameters::parse(format!("scope={value}").as_bytes());
            parameters.add(&bytes);
            prop_assert_eq!(parameters.get("scope"), Some(value.as_str()));
        }
    }

    #[test]
    fn first_value_counts_and_plus_is_a_space() {
        let mut parameters = Parameters::parse(b"scope=api+id&state=&code=a%3D%3D");
        parameters.add(b"scope=other&extra=1");
        assert_eq!(parameters.get("scope"), Some("api id"));
        assert_eq!(parameters.get("state"), None);
        assert_eq!(parameters.get("code"), Some("a=="));
        assert_eq!(parameters.text("extra"), "1");
    }
}
