//! Formulas over one record: what validation rules, formula fields, lookup filters and field defaults are written in.
//!
//! A small part of the platform's formula language. Must not know why a formula is evaluated.
//! Source of the rules: "Formula Operators and Functions by Context", Salesforce Help.

mod evaluate;
mod functions;
mod parse;
mod token;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use super::schema::{Object, Schema};
use super::state::{Record, State};
use super::value::Value;
use functions::Function;

pub(super) use functions::text_of;

/// A formula with its names resolved to positions.
#[derive(Clone, Debug)]
pub struct Formula(Node);

/// A formula that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("formula, column {column}: {reason}")]
pub struct FormulaError {
    /// Character at fault, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

#[derive(Clone, Debug)]
enum Node {
    Constant(Value),
    Field(Path),
    Call(Function, Vec<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
}

/// A field, perhaps of a parent.
#[derive(Clone, Debug)]
struct Path {
    /// Reference fields on the way, each a position in the record reached so far.
    steps: Vec<usize>,
    field: usize,
    /// Percentages count as fractions in formulas.
    percent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Join,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// What a formula is evaluated over.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Objects and fields.
    pub schema: &'a Schema,
    /// Where parents are looked up.
    pub state: &'a State,
    /// The record.
    pub record: &'a Record,
    /// The record before the change; none while it is created.
    pub old: Option<&'a Record>,
    /// The present moment.
    pub now: DateTime<Utc>,
}

impl Formula {
    /// Reads a formula about the records of one object.
    ///
    /// # Errors
    /// When it does not follow the grammar, or names a field or function that does not exist.
    pub fn compile(objects: &[Object], object: usize, text: &str) -> Result<Self, FormulaError> {
        parse::parse(objects, object, text).map(Self)
    }

    /// The value for a record.
    pub fn value(&self, subject: Subject<'_>) -> Value {
        evaluate::evaluate(&self.0, subject)
    }

    /// Whether the formula holds for a record; what is not true does not.
    pub fn holds(&self, subject: Subject<'_>) -> bool {
        self.value(subject).as_bool()
    }
}
