//! What is sold: opportunities, orders and invoices.
//!
//! Must not know cases or activities.

use chrono::Duration;

use super::companies::Company;
use super::people::People;
use super::{Seeder, day, t, words};
use crate::org::id::Id;
use crate::org::value::Value;

/// One opportunity, for activities about it.
pub(super) struct Deal {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) owner: Id,
    pub(super) contact: Option<Id>,
    pub(super) open: bool,
}

const OPEN_STAGES: [&str; 8] = [
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
];

pub(super) fn sales(seeder: &mut Seeder<'_>, people: &People, companies: &[Company]) -> Vec<Deal> {
    let mut deals = Vec::new();
    let mut invoice_number = 1_001;
    for company in companies {
        let count = if company.customer {
            seeder.dice.between(1, 4)
        } else {
            seeder.dice.between(0, 3)
        };
        for _ in 0..count {
            let (product, price) = seeder.dice.one(&words::PRODUCTS);
            let won = company.customer && seeder.dice.chance(48);
            let lost = !won && seeder.dice.chance(22);
            let stage = match (won, lost) {
                (true, _) => "Closed Won",
                (_, true) => "Closed Lost",
                _ => seeder.dice.pick(&OPEN_STAGES),
            };
            let close = if won || lost {
                -seeder.dice.between(3, company.age.min(700))
            } else {
                seeder.dice.between(2, 200)
            };
            let made = close.min(0) - seeder.dice.between(5, 120);
            let amount = price * seeder.dice.between(60, 190) / 100 / 50 * 50;
            let contact = company.contacts.first().copied();
            let name = format!(
                "{} – {product}",
                company.name.split(" – ").next().unwrap_or_default()
            );
            let at = seeder.moment(made);
            let mut fields = vec![
                ("Name", t(&name)),
                ("AccountId", Value::Id(company.id)),
                ("OwnerId", Value::Id(company.owner)),
                ("StageName", t(stage)),
                ("CloseDate", Value::Date(day(close))),
                (
                    "Type",
                    t(if company.customer {
                        "Existing Customer - Upgrade"
                    } else {
                        "New Customer"
                    }),
                ),
                (
                    "LeadSource",
                    t(seeder
                        .dice
                        .pick(&["Web", "Phone Inquiry", "Partner Referral", "Other"])),
                ),
            ];
            if seeder.dice.chance(92) {
                fields.push(("Amount", Value::Int(amount)));
            }
            if let Some(contact) = contact {
                fields.push(("ContactId", Value::Id(contact)));
            }
            if !won && !lost && seeder.dice.chance(60) {
                let step = seeder.dice.pick(&[
                    "Send revised offer",
                    "Site survey",
                    "Call the buyer",
                    "Wait for budget",
                ]);
                fields.push(("NextStep", t(step)));
            }
            let id = seeder.add("Opportunity", at, company.owner, &fields);
            if won {
                order(seeder, company, id, close, amount);
                invoices(
                    seeder,
                    people,
                    company,
                    id,
                    close,
                    amount,
                    &mut invoice_number,
                );
            }
            deals.push(Deal {
                id,
                name,
                owner: company.owner,
                contact,
                open: !won && !lost,
            });
        }
    }
    deals
}

fn order(seeder: &mut Seeder<'_>, company: &Company, deal: Id, close: i64, amount: i64) {
    let start = close + seeder.dice.between(3, 30);
    let at = seeder.moment(close + 1);
    let status = if start < 0 { "Activated" } else { "Draft" };
    let mut fields = vec![
        ("AccountId", Value::Id(company.id)),
        ("OpportunityId", Value::Id(deal)),
        ("OwnerId", Value::Id(company.owner)),
        (
            "Name",
            t(format!(
                "Order {}",
                company.name.split(" – ").next().unwrap_or_default()
            )),
        ),
        ("EffectiveDate", Value::Date(day(start))),
        ("Status", t(status)),
        ("Type", t("New")),
        ("PoNumber", t(format!("PO-{}", seeder.dice.digits(5)))),
        ("PoDate", Value::Date(day(close))),
        ("TotalAmount", Value::Int(amount)),
    ];
    if let Some(contact) = company.contacts.first() {
        fields.push(("BillToContactId", Value::Id(*contact)));
    }
    if status == "Activated" {
        fields.push(("ActivatedDate", Value::DateTime(at + Duration::days(2))));
        fields.push(("ActivatedById", Value::Id(company.owner)));
    }
    seeder.add("Order", at, company.owner, &fields);
}

fn invoices(
    seeder: &mut Seeder<'_>,
    people: &People,
    company: &Company,
    deal: Id,
    close: i64,
    amount: i64,
    number: &mut i64,
) {
    let parts = seeder.dice.between(1, 4);
    for part in 0..parts {
        let issued = close + 5 + part * 30;
        let due = issued + 30;
        let status = match (issued, due) {
            (1.., _) => "Draft",
            (_, 1..) => "Sent",
            _ if seeder.dice.chance(12) => "Overdue",
            _ => "Paid",
        };
        let at = seeder.moment(issued.min(0));
        let code = format!("INV-2026-{number:05}");
        *number += 1;
        let mut fields = vec![
            (
                "Name",
                t(format!(
                    "{} {}/{parts}",
                    company.name.split(" – ").next().unwrap_or_default(),
                    part + 1
                )),
            ),
            ("Invoice_Number__c", t(code)),
            ("Account__c", Value::Id(company.id)),
            ("Opportunity__c", Value::Id(deal)),
            ("OwnerId", Value::Id(company.owner)),
            ("Amount__c", Value::Int(amount / parts)),
            ("Tax_Percent__c", Value::Int(20)),
            ("Issue_Date__c", Value::Date(day(issued))),
            ("Due_Date__c", Value::Date(day(due))),
            ("Status__c", t(status)),
            ("Payment_Terms__c", t("Net 30")),
            (
                "Payment_Methods__c",
                t(seeder
                    .dice
                    .pick(&["Bank transfer", "Bank transfer;Card", "Direct debit"])),
            ),
            ("Line_Count__c", Value::Int(seeder.dice.between(1, 12))),
            (
                "Disputed__c",
                Value::Bool(status == "Overdue" && seeder.dice.chance(50)),
            ),
        ];
        if let Some(contact) = company.contacts.last() {
            fields.push(("Contact__c", Value::Id(*contact)));
        }
        if status == "Paid" {
            fields.push((
                "Paid_Date__c",
                Value::Date(day(due - seeder.dice.between(0, 12))),
            ));
        }
        seeder.add("Invoice__c", at, people.admin, &fields);
    }
}
