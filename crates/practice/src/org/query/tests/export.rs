//! The flat rows of an export are those of the query.

use super::*;

fn rows(export: &mut Export, schema: &Schema) -> Vec<Vec<Json>> {
    let mut rows = Vec::new();
    while let Some(row) = export.next_row(schema) {
        rows.push(row.values().map(|value| value.to_json()).collect());
    }
    rows
}

#[test]
fn an_export_gives_the_rows_of_the_query_flat_and_can_be_continued() {
    // proves SFB-QRY-14
    let fixture = fixture();
    let asker = fixture.asker(&Access::administrator(&fixture.schema));
    let open = |text: &str| export(&fixture.schema, &fixture.state, &asker, text).unwrap();
    for order in ["", " ORDER BY Name DESC"] {
        let text = format!(
            "SELECT Name, Account.Name, Owner.Name, Account.Parent.Name FROM Opportunity WHERE Amount != null{order}"
        );
        let mut all = open(&text);
        let headers: Vec<&str> = all.columns().map(|(name, _)| name).collect();
        assert_eq!(
            headers,
            ["Name", "Account.Name", "Owner.Name", "Account.Parent.Name"]
        );
        let found = rows(&mut all, &fixture.schema);
        let answer = fixture.admin(&text).unwrap();
        let wanted: Vec<Vec<Json>> = answer["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                vec![
                    row["Name"].clone(),
                    row["Account"]["Name"].clone(),
                    row["Owner"]["Name"].clone(),
                    row["Account"]["Parent"]["Name"].clone(),
                ]
            })
            .collect();
        assert_eq!((found.len(), &found), (3, &wanted), "{text}");
        let mut later = open(&text);
        assert_eq!(later.skip_rows(&fixture.schema, 2), 2);
        assert_eq!(rows(&mut later, &fixture.schema), wanted[2..]);
        assert_eq!(later.skip_rows(&fixture.schema, 1), 0);
    }
    let mut cut = open("SELECT Id FROM Opportunity LIMIT 2 OFFSET 1");
    assert_eq!(rows(&mut cut, &fixture.schema).len(), 2);
}

#[test]
fn what_has_no_flat_row_is_refused() {
    let fixture = fixture();
    let asker = fixture.asker(&Access::administrator(&fixture.schema));
    for (text, code) in [
        ("SELECT COUNT() FROM Account", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        (
            "SELECT (SELECT Id FROM Contacts) FROM Account",
            "MALFORMED_QUERY",
        ),
        (
            "SELECT BillingAddress FROM Account",
            "FUNCTIONALITY_NOT_ENABLED",
        ),
    ] {
        let error = export(&fixture.schema, &fixture.state, &asker, text).expect_err(text);
        assert_eq!(error.entry.code, code, "{text}");
    }
}
