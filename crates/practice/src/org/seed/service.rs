//! What happens around customers: cases, tasks and events.
//!
//! Must not know how deals are priced.

use chrono::Duration;

use super::companies::Company;
use super::people::People;
use super::sales::Deal;
use super::{Seeder, day, t, words};
use crate::org::value::Value;

pub(super) fn service(
    seeder: &mut Seeder<'_>,
    people: &People,
    companies: &[Company],
    deals: &[Deal],
) {
    cases(seeder, people, companies);
    tasks(seeder, deals);
    events(seeder, deals);
}

fn cases(seeder: &mut Seeder<'_>, people: &People, companies: &[Company]) {
    let customers: Vec<&Company> = companies
        .iter()
        .filter(|company| company.customer)
        .collect();
    for _ in 0..170 {
        let company = seeder.dice.pick(&customers);
        let (subject, kind, reason, text) = seeder.dice.one(&words::COMPLAINTS);
        let ago = seeder.dice.between(0, 300);
        let closed = seeder.dice.chance(if ago > 20 { 90 } else { 25 });
        let queued = !closed && seeder.dice.chance(30);
        let owner = if queued {
            people.case_queue
        } else {
            seeder.dice.one(&people.service)
        };
        let maker = if queued { people.admin } else { owner };
        let status = match (closed, queued) {
            (true, _) => "Closed",
            (_, true) => "New",
            _ => seeder
                .dice
                .pick(&["New", "Working", "Working", "Escalated"]),
        };
        let at = seeder.moment(-ago);
        let contact = seeder.dice.one(&company.contacts);
        let mut fields = vec![
            ("AccountId", Value::Id(company.id)),
            ("ContactId", Value::Id(contact)),
            ("OwnerId", Value::Id(owner)),
            ("Subject", t(subject)),
            ("Description", t(text)),
            ("Type", t(kind)),
            ("Reason", t(reason)),
            ("Status", t(status)),
            (
                "Priority",
                t(seeder.dice.pick(&["High", "Medium", "Medium", "Low"])),
            ),
            ("Origin", t(seeder.dice.pick(&["Phone", "Email", "Web"]))),
            ("IsEscalated", Value::Bool(status == "Escalated")),
        ];
        if closed {
            let hours = seeder.dice.between(4, 24 * ago.clamp(1, 14));
            fields.push(("ClosedDate", Value::DateTime(at + Duration::hours(hours))));
        }
        seeder.add("Case", at, maker, &fields);
    }
}

fn tasks(seeder: &mut Seeder<'_>, deals: &[Deal]) {
    let deals: Vec<&Deal> = deals.iter().collect();
    for _ in 0..200 {
        let deal = seeder.dice.pick(&deals);
        let offset = seeder.dice.between(-200, 30);
        let done = !deal.open || offset < -2;
        let subject = seeder.dice.pick(&[
            "Call",
            "Send Quote",
            "Send Letter",
            "Follow up on offer",
            "Check delivery date",
        ]);
        let at = seeder.moment(offset.min(0) - 3);
        let mut fields = vec![
            ("Subject", t(subject)),
            ("WhatId", Value::Id(deal.id)),
            ("OwnerId", Value::Id(deal.owner)),
            ("ActivityDate", Value::Date(day(offset))),
            (
                "Status",
                t(if done {
                    "Completed"
                } else {
                    seeder.dice.pick(&["Not Started", "In Progress"])
                }),
            ),
            (
                "Priority",
                t(seeder.dice.pick(&["Normal", "Normal", "High", "Low"])),
            ),
            ("Description", t(format!("About “{}”.", deal.name))),
        ];
        if let Some(contact) = deal.contact {
            fields.push(("WhoId", Value::Id(contact)));
        }
        seeder.add("Task", at, deal.owner, &fields);
    }
}

fn events(seeder: &mut Seeder<'_>, deals: &[Deal]) {
    let deals: Vec<&Deal> = deals.iter().collect();
    for _ in 0..90 {
        let deal = seeder.dice.pick(&deals);
        let offset = seeder.dice.between(-160, 45);
        let hour = seeder.dice.between(8, 17);
        let start = day(offset).and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(hour);
        let at = seeder.moment(offset.min(0) - 7);
        let mut fields = vec![
            (
                "Subject",
                t(seeder.dice.pick(&[
                    "Meeting",
                    "Site survey",
                    "Product demonstration",
                    "Contract review",
                    "Call",
                ])),
            ),
            ("WhatId", Value::Id(deal.id)),
            ("OwnerId", Value::Id(deal.owner)),
            ("StartDateTime", Value::DateTime(start)),
            (
                "DurationInMinutes",
                Value::Int(seeder.dice.one(&[30, 60, 60, 90, 120])),
            ),
            (
                "Location",
                t(seeder
                    .dice
                    .pick(&["Customer site", "Head office", "Video call", "Plant 2"])),
            ),
            ("ShowAs", t("Busy")),
        ];
        if let Some(contact) = deal.contact {
            fields.push(("WhoId", Value::Id(contact)));
        }
        seeder.add("Event", at, deal.owner, &fields);
    }
}
