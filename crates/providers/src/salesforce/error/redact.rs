//! Removes session ids and tokens that a message echoes, before it reaches callers and logs.
//!
//! Must not know: which message it is.

/// Replaces each session id (`00D…!…`), JWT (`eyJ….….…`) and refresh token (`5Aep861…`) by `[REDACTED]`.
pub(super) fn tokens(message: &str) -> String {
    let mut clean = String::with_capacity(message.len());
    let mut word = String::new();
    for character in message.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '!' | '.' | '_' | '-' | '=') {
            word.push(character);
        } else {
            flush(&mut word, &mut clean);
            clean.push(character);
        }
    }
    flush(&mut word, &mut clean);
    clean
}

fn flush(word: &mut String, clean: &mut String) {
    let session = word.contains("00D")
        && word
            .split_once('!')
            .is_some_and(|(org, rest)| org.len() >= 15 && rest.len() >= 10);
    let jwt = word.starts_with("eyJ") && word.len() >= 40;
    let refresh = word.starts_with("5Aep") && word.len() >= 30;
    if session || jwt || refresh {
        clean.push_str("[REDACTED]");
    } else {
        clean.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_and_words_stay() {
        let token = ["00DdM00000vfgTu", "!AQ4AQPzz.yyyyyyyyyyyyyyyy"].concat();
        assert_eq!(
            tokens(&format!("bad token '{token}', sorry!")),
            "bad token '[REDACTED]', sorry!"
        );
        let jwt = [
            "eyJhbGciOiJSUzI1NiJ9.",
            "eyJzdWIiOiIwMDUifQ.",
            "c2lnbmF0dXJl",
        ]
        .concat();
        assert_eq!(tokens(&jwt), "[REDACTED]");
        let refresh = ["5Aep861", &"x".repeat(40)].concat();
        assert_eq!(tokens(&format!("({refresh})")), "([REDACTED])");
        let harmless = "\nSELECT Id FROM X\n^\nNo such column 'Foo__c' on 00DdM00000vfgTuUAI!";
        assert_eq!(tokens(harmless), harmless);
    }
}
