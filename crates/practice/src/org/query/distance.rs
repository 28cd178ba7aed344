//! `DISTANCE(location, GEOLOCATION(latitude, longitude), unit)`: the way over the globe from a record to a point.
//!
//! Must not know syntax. Source of the rule: "Location-Based SOQL Queries", SOQL and SOSL Reference, which names the
//! haversine formula.

use gatelodge_soql::ast::{Distance as Written, DistanceUnit};

use super::World;
use super::compile::Compiler;
use super::path::{Column, own_leaf};
use crate::org::error::ApiError;
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::Value;

/// Mean radius of the earth, in the unit of the result.
const RADIUS_KILOMETRES: f64 = 6_371.0;
const RADIUS_MILES: f64 = 3_958.8;

/// A distance to compute.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Distance {
    /// Name of the location for messages.
    pub(super) name: String,
    latitude: Column,
    longitude: Column,
    /// Degrees north and east.
    point: (f64, f64),
    radius: f64,
}

impl Distance {
    /// The distance of a record; null when its place is not known.
    pub(super) fn value(&self, world: World<'_>, record: &Record) -> Value {
        let degrees = |column: &Column| column.value(world, record).as_number();
        match (degrees(&self.latitude), degrees(&self.longitude)) {
            (Some(latitude), Some(longitude)) => {
                Value::Double(self.radius * angle((latitude, longitude), self.point))
            }
            _ => Value::Null,
        }
    }
}

/// The angle between two points seen from the middle of the earth.
fn angle(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let between = half(a.0, b.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
    2.0 * between.sqrt().min(1.0).asin()
}

impl<'a> Compiler<'a> {
    pub(super) fn distance(
        &self,
        object: &'a Object,
        written: &Written,
    ) -> Result<Distance, ApiError> {
        let segments = self.without_alias(object, &written.field.segments);
        let [.., last] = segments.as_slice() else {
            return Err(self.malformed(written.span, "a field is missing"));
        };
        // The whole path is resolved first, so that its errors come first.
        let column = self.column(object, &written.field)?;
        let owner = self.owner(object, &written.field)?;
        let part = |suffix: &str| -> Option<Column> {
            let field = owner.fields.iter().position(|field| {
                let belongs = field
                    .compound
                    .as_deref()
                    .is_some_and(|compound| last.is(compound));
                belongs && field.name.contains(suffix)
            })?;
            let known = &owner.fields[field];
            self.asker.access.readable(owner, field).then(|| Column {
                steps: column.steps.clone(),
                leaf: own_leaf(owner, field),
                kind: known.kind,
                name: known.name.clone(),
            })
        };
        let (Some(latitude), Some(longitude)) = (part("Latitude"), part("Longitude")) else {
            let message = format!("field {} is not a location", column.name);
            return Err(self.malformed(written.span, message));
        };
        let number = |text: &str, most: f64| {
            text.trim_start_matches('+')
                .parse::<f64>()
                .ok()
                .filter(|degrees| degrees.abs() <= most)
        };
        let point =
            number(&written.point.latitude, 90.0).zip(number(&written.point.longitude, 180.0));
        let Some(point) = point else {
            let text =
                "GEOLOCATION takes a latitude from -90 to 90 and a longitude from -180 to 180";
            return Err(self.malformed(written.span, text));
        };
        Ok(Distance {
            name: column.name,
            latitude,
            longitude,
            point,
            radius: match written.unit {
                DistanceUnit::Kilometres => RADIUS_KILOMETRES,
                DistanceUnit::Miles => RADIUS_MILES,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_give_known_distances() {
        let (paris, london) = ((48.8566, 2.3522), (51.5074, -0.1278));
        let kilometres = RADIUS_KILOMETRES * angle(paris, london);
        assert!((kilometres - 343.6).abs() < 1.0, "{kilometres}");
        assert!(angle(paris, paris) < 1e-12);
        let half_way = angle((0.0, 0.0), (0.0, 180.0));
        assert!((half_way - std::f64::consts::PI).abs() < 1e-9);
    }
}
