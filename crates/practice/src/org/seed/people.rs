//! The company itself, its users, profiles and queues.
//!
//! Must not know customers.

use super::{Seeder, t};
use crate::org::access;
use crate::org::dml::{CASE_QUEUE, LEAD_QUEUE, URGENT_QUEUE};
use crate::org::id::Id;
use crate::org::value::Value;

/// The users that own records.
pub(super) struct People {
    pub(super) admin: Id,
    /// Sales representatives and their manager.
    pub(super) sales: Vec<Id>,
    pub(super) service: Vec<Id>,
    pub(super) lead_queue: Id,
    pub(super) case_queue: Id,
    pub(super) urgent_queue: Id,
    /// All users, in the order of their ids.
    pub(super) users: Vec<Id>,
}

/// Id of the company; its 15-character form begins every access token.
pub(in crate::org) fn organization_id() -> Id {
    Id::generate(*b"00D", 1)
}

/// Id of the administrator: the first user.
pub(in crate::org) fn administrator_id() -> Id {
    Id::generate(*b"005", 1)
}

/// First name, last name, alias, profile, title, department, time zone, locale, active.
type Person = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
);

const PEOPLE: [Person; 9] = [
    (
        "Ada",
        "Whitcombe",
        "admin",
        access::ADMINISTRATOR,
        "CRM Administrator",
        "IT",
        "Europe/London",
        "en_GB",
        true,
    ),
    (
        "Maria",
        "Lopez",
        "mlope",
        access::SALES,
        "Key Account Manager",
        "Sales",
        "America/Chicago",
        "en_US",
        true,
    ),
    (
        "Ben",
        "Carter",
        "bcart",
        access::SALES_JUNIOR,
        "Account Executive",
        "Sales",
        "America/New_York",
        "en_US",
        true,
    ),
    (
        "Ruth",
        "Adeyemi",
        "radey",
        access::READ_ONLY,
        "Financial Controller",
        "Finance",
        "Europe/London",
        "en_GB",
        true,
    ),
    (
        "Victor",
        "Stahl",
        "vstah",
        access::NO_API,
        "Campaign Manager",
        "Marketing",
        "Europe/Berlin",
        "de_DE",
        true,
    ),
    (
        "Sofie",
        "Nygaard",
        "snyga",
        access::SERVICE,
        "Service Team Lead",
        "Service",
        "Europe/Berlin",
        "en_GB",
        true,
    ),
    (
        "Kenji",
        "Mori",
        "kmori",
        access::SERVICE,
        "Service Engineer",
        "Service",
        "Europe/London",
        "en_GB",
        true,
    ),
    (
        "Grace",
        "Okoro",
        "gokor",
        access::SALES,
        "Head of Sales",
        "Sales",
        "Europe/London",
        "en_GB",
        true,
    ),
    (
        "Paul",
        "Renner",
        "prenn",
        access::SALES,
        "Former Account Executive",
        "Sales",
        "Europe/Berlin",
        "de_DE",
        false,
    ),
];

pub(super) fn people(seeder: &mut Seeder<'_>) -> People {
    let start = seeder.moment(-1460);
    // The administrator made everything, so the first user's id is needed before the first record.
    let admin = administrator_id();
    let profiles: Vec<(&str, Id)> = [
        access::ADMINISTRATOR,
        access::SALES,
        access::SALES_JUNIOR,
        access::SERVICE,
        access::READ_ONLY,
        access::NO_API,
    ]
    .into_iter()
    .map(|name| {
        let all = Value::Bool(name == access::ADMINISTRATOR);
        let fields = [
            ("Name", t(name)),
            ("PermissionsApiEnabled", Value::Bool(name != access::NO_API)),
            ("PermissionsModifyAllData", all.clone()),
            ("PermissionsViewAllData", all.clone()),
            ("PermissionsViewSetup", all),
        ];
        (name, seeder.add("Profile", start, admin, &fields))
    })
    .collect();
    let users: Vec<Id> = PEOPLE
        .iter()
        .map(|person| user(seeder, person, &profiles, admin))
        .collect();
    if let (Some(object), Some(manager)) = (seeder.schema.object("User"), users.get(7)) {
        for report in [1, 2, 8] {
            if let Some(record) = users
                .get(report)
                .and_then(|id| seeder.state.record(object, *id))
            {
                let mut record = record.as_ref().clone();
                record.set(object, "ManagerId", Value::Id(*manager));
                seeder.state.put(object, record);
            }
        }
    }
    let organization = [
        ("Name", t("Northwind Practice Cooling Ltd")),
        ("Street", t("14 Exchange Quay")),
        ("City", t("Manchester")),
        ("PostalCode", t("M5 3EQ")),
        ("Country", t("United Kingdom")),
        ("Phone", t("+44 161 496 0100")),
        ("PrimaryContact", t("Ada Whitcombe")),
        ("DefaultLocaleSidKey", t("en_GB")),
        ("TimeZoneSidKey", t("Europe/London")),
        ("LanguageLocaleKey", t("en_US")),
        ("FiscalYearStartMonth", Value::Int(1)),
        ("DefaultAccountAccess", t("Edit")),
        ("DefaultContactAccess", t("ControlledByParent")),
        ("DefaultOpportunityAccess", t("Edit")),
        ("DefaultLeadAccess", t("ReadEditTransfer")),
        ("DefaultCaseAccess", t("ReadEditTransfer")),
        ("OrganizationType", t("Enterprise Edition")),
        ("InstanceName", t("PRA1")),
        ("WebToCaseDefaultOrigin", t("Web")),
    ];
    seeder.add("Organization", start, admin, &organization);
    let mut queue = |label: &str, name: &str| {
        let mail = format!(
            "{}@northwind-practice.example",
            name.to_lowercase().replace('_', "-")
        );
        let fields = [
            ("Name", t(label)),
            ("DeveloperName", t(name)),
            ("Type", t("Queue")),
            ("Email", t(mail)),
        ];
        seeder.add("Group", start, admin, &fields)
    };
    let lead_queue = queue("Inbound Leads", LEAD_QUEUE);
    let case_queue = queue("Customer Support", CASE_QUEUE);
    let urgent_queue = queue("Premium Support", URGENT_QUEUE);
    People {
        admin,
        sales: [1, 2, 7]
            .iter()
            .filter_map(|index| users.get(*index).copied())
            .collect(),
        service: [5, 6]
            .iter()
            .filter_map(|index| users.get(*index).copied())
            .collect(),
        lead_queue,
        case_queue,
        urgent_queue,
        users,
    }
}

fn user(seeder: &mut Seeder<'_>, person: &Person, profiles: &[(&str, Id)], admin: Id) -> Id {
    let (first, last, alias, profile, title, department, zone, locale, active) = *person;
    let name = if profile == access::ADMINISTRATOR {
        "admin".to_owned()
    } else {
        format!("{}.{}", first.to_lowercase(), last.to_lowercase())
    };
    let mail = format!("{name}@northwind-practice.example");
    let profile = profiles
        .iter()
        .find(|(known, _)| *known == profile)
        .map_or(admin, |(_, id)| *id);
    let at = seeder.moment(-1400);
    let fields = [
        ("Username", t(&mail)),
        ("Email", t(&mail)),
        ("FirstName", t(first)),
        ("LastName", t(last)),
        ("Alias", t(alias)),
        ("CommunityNickname", t(&name)),
        ("CompanyName", t("Northwind Practice Cooling Ltd")),
        ("Title", t(title)),
        ("Department", t(department)),
        ("IsActive", Value::Bool(active)),
        ("ProfileId", Value::Id(profile)),
        ("TimeZoneSidKey", t(zone)),
        ("LocaleSidKey", t(locale)),
        ("LanguageLocaleKey", t("en_US")),
        ("EmailEncodingKey", t("UTF-8")),
        ("UserType", t("Standard")),
    ];
    seeder.add("User", at, admin, &fields)
}
