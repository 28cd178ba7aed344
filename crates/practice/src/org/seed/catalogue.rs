//! What the company sells, with its price books; and the table that clients page through.
//!
//! Must not know customers. Takes no dice, so that adding here never changes another record.

use super::people::People;
use super::{Seeder, t, words};
use crate::org::id::Id;
use crate::org::value::Value;

/// Rows of `BigTable__c`: more than one page of 2,000.
const BIG: usize = 2_900;

pub(super) fn catalogue(seeder: &mut Seeder<'_>, people: &People) {
    let at = seeder.start();
    let admin = people.admin;
    let standard = price_book(seeder, admin, "Standard Price Book", true);
    let partners = price_book(seeder, admin, "Partner Price Book", false);
    for (number, (name, price)) in words::PRODUCTS.into_iter().enumerate() {
        let code = format!("NW-P{:03}", number + 1);
        let family = match name {
            _ if name.contains("contract") || name.contains("monitoring") => "Services",
            _ if name.contains("Spare") => "Spare Parts",
            _ if name.contains("chiller") || name.contains("cooling") => "Chillers",
            _ if name.contains("Heat") => "Heat Pumps",
            _ => "Cold Rooms",
        };
        // The last one is no longer sold: its entries are what an order refuses.
        let active = number + 1 < words::PRODUCTS.len();
        let product = [
            ("Name", t(name)),
            ("ProductCode", t(&code)),
            ("Family", t(family)),
            ("IsActive", Value::Bool(active)),
            ("QuantityUnitOfMeasure", t("Each")),
        ];
        let product = seeder.add("Product2", at, admin, &product);
        for (book, price) in [(standard, price), (partners, price * 9 / 10)] {
            let entry = [
                ("Name", t(name)),
                ("ProductCode", t(&code)),
                ("Pricebook2Id", Value::Id(book)),
                ("Product2Id", Value::Id(product)),
                ("UnitPrice", Value::Int(price)),
                ("IsActive", Value::Bool(active)),
            ];
            seeder.add("PricebookEntry", at, admin, &entry);
        }
    }
    for _ in 0..BIG {
        seeder.add("BigTable__c", at, admin, &[]);
    }
}

fn price_book(seeder: &mut Seeder<'_>, admin: Id, name: &str, standard: bool) -> Id {
    let at = seeder.start();
    let fields = [
        ("Name", t(name)),
        ("IsActive", Value::Bool(true)),
        ("IsStandard", Value::Bool(standard)),
    ];
    seeder.add("Pricebook2", at, admin, &fields)
}
