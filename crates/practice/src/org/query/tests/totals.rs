//! Groups with subtotals.

use super::*;

/// The rows of a grouped query, one text per row, without attributes.
fn rows(fixture: &Fixture, text: &str) -> Vec<String> {
    let answer = fixture
        .admin(text)
        .unwrap_or_else(|error| panic!("{text}: {}", error.entry.message));
    let rows = answer["records"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let values = row.as_object().unwrap().values().skip(1);
            values
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
fn rollup_adds_subtotals_along_the_list() {
    // proves SFB-SOQL-24
    let fixture = fixture();
    let text = "SELECT StageName, IsWon, COUNT(Id), SUM(Amount), GROUPING(StageName), GROUPING(IsWon) g \
                FROM Opportunity GROUP BY ROLLUP(StageName, IsWon)";
    assert_eq!(
        rows(&fixture, text),
        [
            "\"Closed Won\" true 2 30.0 0 0",
            "\"Closed Won\" null 2 30.0 0 1",
            "\"Prospecting\" false 1 10.0 0 0",
            "\"Prospecting\" null 1 10.0 0 1",
            "\"Qualification\" false 1 5.0 0 0",
            "\"Qualification\" null 1 5.0 0 1",
            "null null 4 45.0 1 1",
        ]
    );
    let first = &fixture.admin(text).unwrap()["records"][0];
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "attributes",
            "StageName",
            "IsWon",
            "expr0",
            "expr1",
            "expr2",
            "g"
        ]
    );
}

#[test]
fn cube_adds_subtotals_of_every_combination() {
    // proves SFB-SOQL-24
    let fixture = fixture();
    let text = "SELECT IsWon, CALENDAR_YEAR(CloseDate) y, COUNT(Id) FROM Opportunity \
                GROUP BY CUBE(IsWon, CALENDAR_YEAR(CloseDate))";
    assert_eq!(
        rows(&fixture, text),
        [
            "false 2025 1",
            "false 2026 1",
            "false null 2",
            "true 2026 2",
            "true null 2",
            "null 2025 1",
            "null 2026 3",
            "null null 4",
        ]
    );
}

#[test]
fn a_null_of_the_data_is_told_from_a_subtotal() {
    // proves SFB-SOQL-24
    let fixture = fixture();
    let text =
        "SELECT Industry, COUNT(Id), GROUPING(Industry) FROM Account GROUP BY ROLLUP(Industry)";
    assert_eq!(
        rows(&fixture, text),
        ["null 1 0", "\"Banking\" 1 0", "\"Energy\" 2 0", "null 4 1"]
    );
    let text = "SELECT Industry, COUNT(Id) FROM Account GROUP BY ROLLUP(Industry) \
                HAVING GROUPING(Industry) = 1 ORDER BY GROUPING(Industry), Industry";
    assert_eq!(rows(&fixture, text), ["null 4"]);
}

#[test]
fn what_totals_refuse() {
    // proves SFB-SOQL-24, SFB-SOQL-37
    let fixture = fixture();
    for (text, words) in [
        (
            "SELECT COUNT(Id) FROM Opportunity GROUP BY ROLLUP(StageName, IsWon, IsClosed, Type)",
            "ROLLUP and CUBE take at most three fields",
        ),
        (
            "SELECT GROUPING(StageName), COUNT(Id) FROM Opportunity GROUP BY StageName",
            "GROUPING is only allowed with GROUP BY ROLLUP or CUBE",
        ),
        (
            "SELECT GROUPING(Type), COUNT(Id) FROM Opportunity GROUP BY CUBE(StageName)",
            "Field must be grouped: Type",
        ),
        (
            "SELECT StageName, COUNT(StageName) FROM Opportunity GROUP BY StageName",
            "Grouped field should not be aggregated: StageName",
        ),
        (
            "SELECT StageName s, COUNT(Id) s FROM Opportunity GROUP BY StageName",
            "duplicate alias: s",
        ),
    ] {
        let error = fixture.admin(text).expect_err(text);
        assert_eq!(error.entry.code, "MALFORMED_QUERY", "{text}");
        assert!(
            error.entry.message.ends_with(words),
            "{text}: {}",
            error.entry.message
        );
    }
}
