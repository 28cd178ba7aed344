//! Lays a statement out over several lines, for people. What it writes is read as the same tree.
//! Must not know how a single clause is written.

use super::clause::{Clause, clauses};
use super::search;
use crate::ast::{Condition, Query, SelectItem};
use crate::sosl::Search;

/// A statement that fits is left on one line.
const WIDTH: usize = 80;

/// How far a list stands in.
const STEP: usize = 4;

/// The query as people write it: on one line when it is short, else a line for each clause, and
/// for each item of a long list.
///
/// ```
/// use gatelodge_soql::{parse, pretty};
/// let query = parse("select Id,Name from Account where Industry='Energy' and CreatedDate=LAST_N_DAYS:30 order by Name")?;
/// assert_eq!(
///     pretty(&query),
///     "SELECT Id, Name\n\
///      FROM Account\n\
///      WHERE Industry = 'Energy' AND CreatedDate = LAST_N_DAYS:30\n\
///      ORDER BY Name"
/// );
/// # Ok::<(), gatelodge_soql::ParseError>(())
/// ```
pub fn pretty(query: &Query) -> String {
    let mut text = String::new();
    lay_out(query, 0, &mut text);
    text
}

/// The search as people write it; see [`pretty`].
pub fn pretty_search(search: &Search) -> String {
    let one_line = search.to_string();
    if one_line.len() <= WIDTH {
        return one_line;
    }
    search::parts(search).join("\n")
}

fn lay_out(query: &Query, indent: usize, text: &mut String) {
    let one_line = query.to_string();
    if indent + one_line.len() <= WIDTH {
        text.push_str(&one_line);
        return;
    }
    text.push_str("SELECT");
    let items: Vec<String> = query.select.iter().map(ToString::to_string).collect();
    let joined = items.join(", ");
    if indent + "SELECT ".len() + joined.len() <= WIDTH {
        text.push(' ');
        text.push_str(&joined);
    } else {
        let step = indent + STEP;
        for (index, (item, written)) in query.select.iter().zip(&items).enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            break_line(step, text);
            match item {
                SelectItem::Subquery(inner) if step + written.len() > WIDTH => {
                    text.push('(');
                    lay_out(inner, step + 1, text);
                    text.push(')');
                }
                _ => text.push_str(written),
            }
        }
    }
    for clause in clauses(query) {
        break_line(indent, text);
        let written = clause.to_string();
        match clause {
            Clause::Condition(word, condition) if indent + written.len() > WIDTH => {
                text.push_str(word);
                text.push(' ');
                members(condition, indent, text);
            }
            _ => text.push_str(&written),
        }
    }
}

/// One line for each member of a conjunction or disjunction.
fn members(condition: &Condition, indent: usize, text: &mut String) {
    let (operator, members) = match condition {
        Condition::And(members) => ("AND ", members),
        Condition::Or(members) => ("OR ", members),
        other => return text.push_str(&other.to_string()),
    };
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            break_line(indent + STEP, text);
            text.push_str(operator);
        }
        let grouped = matches!(
            member,
            Condition::And(_) | Condition::Or(_) | Condition::Not(_)
        );
        let written = if grouped {
            format!("({member})")
        } else {
            member.to_string()
        };
        text.push_str(&written);
    }
}

fn break_line(indent: usize, text: &mut String) {
    text.push('\n');
    text.push_str(&" ".repeat(indent));
}

#[cfg(test)]
mod tests {
    use super::{pretty, pretty_search};
    use crate::{parse, parse_search};

    #[test]
    fn long_statements_get_a_line_for_each_part() {
        let text = "SELECT Id, Name, BillingCity, BillingCountry, AnnualRevenue, Owner.Name, \
                    (SELECT Id, FirstName, LastName, Email, Phone FROM Contacts WHERE Email != null ORDER BY LastName) \
                    FROM Account WHERE (Industry = 'Energy' OR Industry = 'Chemicals') AND AnnualRevenue > 1000000 \
                    AND CreatedDate = LAST_N_DAYS:30 ORDER BY Name LIMIT 10 FOR VIEW";
        let expected = "\
SELECT
    Id,
    Name,
    BillingCity,
    BillingCountry,
    AnnualRevenue,
    Owner.Name,
    (SELECT Id, FirstName, LastName, Email, Phone
     FROM Contacts
     WHERE Email != NULL
     ORDER BY LastName)
FROM Account
WHERE (Industry = 'Energy' OR Industry = 'Chemicals')
    AND AnnualRevenue > 1000000
    AND CreatedDate = LAST_N_DAYS:30
ORDER BY Name
LIMIT 10
FOR VIEW";
        let shown = pretty(&parse(text).unwrap());
        assert_eq!(shown, expected);
        assert_eq!(pretty(&parse(&shown).unwrap()), shown);
    }

    #[test]
    fn long_searches_get_a_line_for_each_part() {
        let text = "FIND {Acme} IN NAME FIELDS RETURNING Account(Id, Name WHERE Industry = 'Energy'), \
                    Contact(Id, Name) WITH HIGHLIGHT LIMIT 10";
        let expected = "\
FIND {Acme}
IN NAME FIELDS
RETURNING
    Account(Id, Name WHERE Industry = 'Energy'),
    Contact(Id, Name)
WITH HIGHLIGHT
LIMIT 10";
        let shown = pretty_search(&parse_search(text).unwrap());
        assert_eq!(shown, expected);
        assert_eq!(pretty_search(&parse_search(&shown).unwrap()), shown);
        assert_eq!(pretty_search(&parse_search("find{a}").unwrap()), "FIND {a}");
    }
}
