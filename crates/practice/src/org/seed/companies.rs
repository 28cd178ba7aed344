//! Customers: accounts with their contacts, and leads that are not customers yet.
//!
//! Must not know deals or cases.

use super::people::People;
use super::{Seeder, t, words};
use crate::org::id::Id;
use crate::org::value::Value;

/// One account and who works there.
pub(super) struct Company {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) owner: Id,
    pub(super) contacts: Vec<Id>,
    /// Days before the base day on which the account was made.
    pub(super) age: i64,
    /// Buys already.
    pub(super) customer: bool,
}

/// What all people at one place share.
struct Place {
    street: String,
    city: &'static str,
    state: &'static str,
    postal: String,
    country: &'static str,
    phone: &'static str,
}

pub(super) fn companies(seeder: &mut Seeder<'_>, people: &People) -> Vec<Company> {
    let mut made: Vec<Company> = Vec::new();
    for (name, domain, industry) in words::COMPANIES {
        let head = company(seeder, people, name.to_owned(), domain, industry, None);
        let sites = seeder.dice.between(0, 3);
        let parent = head.id;
        made.push(head);
        for _ in 0..sites {
            let city = seeder.dice.one(&words::PLACES).0;
            let name = format!("{name} – {city}");
            if made.iter().all(|known| known.name != name) {
                made.push(company(
                    seeder,
                    people,
                    name,
                    domain,
                    industry,
                    Some(parent),
                ));
            }
        }
    }
    leads(seeder, people);
    made
}

fn place(seeder: &mut Seeder<'_>, name: &str) -> Place {
    let mut found = seeder.dice.one(&words::PLACES);
    if let Some(named) = words::PLACES.iter().find(|(city, ..)| name.ends_with(city)) {
        found = *named;
    }
    let (city, state, postal, country, phone) = found;
    let street = format!(
        "{} {}",
        seeder.dice.between(1, 240),
        seeder.dice.pick(&words::STREETS)
    );
    Place {
        street,
        city,
        state,
        postal: format!("{postal}{}", seeder.dice.digits(2)),
        country,
        phone,
    }
}

fn company(
    seeder: &mut Seeder<'_>,
    people: &People,
    name: String,
    domain: &str,
    industry: &str,
    parent: Option<Id>,
) -> Company {
    let place = place(seeder, &name);
    let owner = seeder.dice.one(&people.sales);
    let age = seeder.dice.between(30, 1300);
    let customer = seeder.dice.chance(70);
    let employees = seeder.dice.between(12, 4_000);
    let at = seeder.moment(-age);
    let kind = if customer {
        seeder
            .dice
            .pick(&["Customer - Direct", "Customer - Channel"])
    } else {
        "Prospect"
    };
    let mut fields = vec![
        ("Name", t(&name)),
        ("Type", t(kind)),
        ("Industry", t(industry)),
        ("OwnerId", Value::Id(owner)),
        (
            "Phone",
            t(format!("{} {}", place.phone, seeder.dice.digits(4))),
        ),
        ("Website", t(format!("https://www.{domain}.example"))),
        ("AccountNumber", t(format!("NW-{}", seeder.dice.digits(6)))),
        ("NumberOfEmployees", Value::Int(employees)),
        (
            "Ownership",
            t(seeder
                .dice
                .pick(&["Public", "Private", "Private", "Subsidiary"])),
        ),
        (
            "Rating",
            t(seeder.dice.pick(&["Hot", "Warm", "Warm", "Cold"])),
        ),
        (
            "AccountSource",
            t(seeder
                .dice
                .pick(&["Web", "Phone Inquiry", "Partner Referral", "Purchased List"])),
        ),
        ("CleanStatus", t("Pending")),
        ("BillingStreet", t(&place.street)),
        ("BillingCity", t(place.city)),
        ("BillingState", t(place.state)),
        ("BillingPostalCode", t(&place.postal)),
        ("BillingCountry", t(place.country)),
    ];
    if seeder.dice.chance(85) {
        let revenue = employees * seeder.dice.between(90, 240) * 1_000;
        fields.push(("AnnualRevenue", Value::Int(revenue)));
    }
    if seeder.dice.chance(60) {
        fields.push(("ShippingStreet", t(&place.street)));
        fields.push(("ShippingCity", t(place.city)));
        fields.push(("ShippingCountry", t(place.country)));
    }
    if seeder.dice.chance(45) {
        let text = format!(
            "{industry} company in {} with {employees} employees. Cooling matters all year.",
            place.city
        );
        fields.push(("Description", t(text)));
    }
    if let Some(parent) = parent {
        fields.push(("ParentId", Value::Id(parent)));
        fields.push(("Site", t(place.city)));
    }
    let id = seeder.add("Account", at, owner, &fields);
    let number = seeder.dice.between(1, 5);
    let mut contacts: Vec<Id> = Vec::new();
    for _ in 0..number {
        let boss = contacts.first().copied().filter(|_| seeder.dice.chance(40));
        contacts.push(contact(seeder, id, owner, domain, age, &place, boss));
    }
    Company {
        id,
        name,
        owner,
        contacts,
        age,
        customer,
    }
}

fn contact(
    seeder: &mut Seeder<'_>,
    account: Id,
    owner: Id,
    domain: &str,
    age: i64,
    place: &Place,
    boss: Option<Id>,
) -> Id {
    let (first, last) = (
        seeder.dice.pick(&words::FIRST),
        seeder.dice.pick(&words::LAST),
    );
    let (title, department) = seeder.dice.one(&words::JOBS);
    let after = seeder.dice.between(0, age.min(200));
    let at = seeder.moment(after - age);
    let mut fields = vec![
        ("AccountId", Value::Id(account)),
        ("OwnerId", Value::Id(owner)),
        ("FirstName", t(first)),
        ("LastName", t(last)),
        ("Title", t(title)),
        ("Department", t(department)),
        (
            "Email",
            t(format!(
                "{}.{}@{domain}.example",
                first.to_lowercase(),
                last.to_lowercase()
            )),
        ),
        (
            "Phone",
            t(format!("{} {}", place.phone, seeder.dice.digits(4))),
        ),
        (
            "LeadSource",
            t(seeder
                .dice
                .pick(&["Web", "Phone Inquiry", "Partner Referral", "Other"])),
        ),
        ("MailingStreet", t(&place.street)),
        ("MailingCity", t(place.city)),
        ("MailingState", t(place.state)),
        ("MailingPostalCode", t(&place.postal)),
        ("MailingCountry", t(place.country)),
    ];
    if seeder.dice.chance(55) {
        fields.push((
            "MobilePhone",
            t(format!("{} {}", place.phone, seeder.dice.digits(4))),
        ));
    }
    if seeder.dice.chance(30) {
        fields.push((
            "Birthdate",
            Value::Date(super::day(-seeder.dice.between(9_500, 22_000))),
        ));
    }
    if let Some(boss) = boss {
        fields.push(("ReportsToId", Value::Id(boss)));
    }
    seeder.add("Contact", at, owner, &fields)
}

fn leads(seeder: &mut Seeder<'_>, people: &People) {
    const KINDS: [&str; 8] = [
        "Foods",
        "Logistics",
        "Clinics",
        "Hotels",
        "Farms",
        "Labs",
        "Markets",
        "Breweries",
    ];
    for _ in 0..150 {
        let (first, last) = (
            seeder.dice.pick(&words::FIRST),
            seeder.dice.pick(&words::LAST),
        );
        let (root, kind) = (seeder.dice.pick(&words::LAST), seeder.dice.pick(&KINDS));
        let company = format!("{root} {kind}");
        let domain = company.to_lowercase().replace(' ', "-");
        let place = place(seeder, "");
        let queued = seeder.dice.chance(25);
        let owner = if queued {
            people.lead_queue
        } else {
            seeder.dice.one(&people.sales)
        };
        let maker = if queued { people.admin } else { owner };
        let status = if queued {
            "Open - Not Contacted"
        } else {
            seeder.dice.pick(&[
                "Open - Not Contacted",
                "Working - Contacted",
                "Working - Contacted",
            ])
        };
        let ago = seeder.dice.between(1, 240);
        let at = seeder.moment(-ago);
        let fields = [
            ("FirstName", t(first)),
            ("LastName", t(last)),
            ("Company", t(&company)),
            ("Title", t(seeder.dice.one(&words::JOBS).0)),
            (
                "Email",
                t(format!(
                    "{}.{}@{domain}.example",
                    first.to_lowercase(),
                    last.to_lowercase()
                )),
            ),
            (
                "Phone",
                t(format!("{} {}", place.phone, seeder.dice.digits(4))),
            ),
            ("Status", t(status)),
            (
                "LeadSource",
                t(seeder.dice.pick(&[
                    "Web",
                    "Web",
                    "Phone Inquiry",
                    "Partner Referral",
                    "Purchased List",
                ])),
            ),
            ("Rating", t(seeder.dice.pick(&["Hot", "Warm", "Cold"]))),
            ("OwnerId", Value::Id(owner)),
            ("NumberOfEmployees", Value::Int(seeder.dice.between(5, 900))),
            ("Street", t(&place.street)),
            ("City", t(place.city)),
            ("State", t(place.state)),
            ("PostalCode", t(&place.postal)),
            ("Country", t(place.country)),
        ];
        seeder.add("Lead", at, maker, &fields);
    }
}
