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
