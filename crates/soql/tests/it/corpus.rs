//! The statements that the vendor's own parser accepts or rejects, read by ours.

fn statements(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[test]
fn every_valid_query_is_accepted() {
    let refused: Vec<String> = statements(include_str!("../corpus/soql-valid.txt"))
        .filter_map(|text| {
            Some(format!(
                "{text}{}",
                gatelodge_soql::parse(text).err()?.render(text)
            ))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}

#[test]
fn every_invalid_query_is_rejected() {
    let accepted: Vec<&str> = statements(include_str!("../corpus/soql-invalid.txt"))
        .filter(|text| gatelodge_soql::parse(text).is_ok())
        .collect();
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

#[test]
fn every_valid_search_is_accepted() {
    let refused: Vec<String> = statements(include_str!("../corpus/sosl-valid.txt"))
        .filter_map(|text| {
            let error = gatelodge_soql::parse_search(text).err()?;
            Some(format!("{text}{}", error.render(text)))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
}

// proves SFB-GRAM-6
#[test]
fn every_invalid_search_is_refused_with_its_place() {
    let texts: Vec<&str> = statements(include_str!("../corpus/sosl-invalid.txt")).collect();
    assert!(texts.len() >= 200, "{}", texts.len());
    let accepted: Vec<&str> = texts
        .iter()
        .copied()
        .filter(|text| gatelodge_soql::parse_search(text).is_ok())
        .collect();
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
    for text in texts {
        let error = gatelodge_soql::parse_search(text).unwrap_err();
        assert_eq!(error.code.as_str(), "MALFORMED_SEARCH");
        let shown = error.render(text);
        let whole = "No search term found. The search term must be enclosed in braces.";
        let place = format!(
            "\n{}^\nERROR at Row:1:Column:{}\n{}",
            " ".repeat(error.column - 1),
            error.column,
            error.message
        );
        // A long line is cut on its left, so there the blanks before the caret are fewer.
        let long = text.chars().count() > 60;
        assert!(
            shown == whole || long || shown == format!("\n{text}{place}"),
            "{shown}"
        );
    }
}
