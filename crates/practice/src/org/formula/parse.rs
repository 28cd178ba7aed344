//! From words to a tree, with names resolved to positions.
//!
//! Must not know values.

use super::functions::Function;
use super::token::{Token, tokens};
use super::{FormulaError, Node, Operator, Path};
use crate::org::schema::{FieldType, Object};
use crate::org::value::Value;

/// Deepest nesting.
const MOST_DEPTH: usize = 40;
/// Longest formula, in characters; the platform's own limit.
const MOST_CHARACTERS: usize = 3_900;

/// Operators from the weakest to the strongest, those of one line being equal.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("=", Operator::Equal),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<>", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[
        ("&", Operator::Join),
        ("+", Operator::Add),
        ("-", Operator::Subtract),
    ],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

struct Parser<'a> {
    objects: &'a [Object],
    object: usize,
    tokens: Vec<(Token, usize)>,
    position: usize,
    depth: usize,
    end: usize,
}

pub(super) fn parse(objects: &[Object], object: usize, text: &str) -> Result<Node, FormulaError> {
    let length = text.chars().count();
    if length > MOST_CHARACTERS {
        return Err(FormulaError {
            column: MOST_CHARACTERS,
            reason: format!("a formula has at most {MOST_CHARACTERS} characters"),
        });
    }
    let mut parser = Parser {
        objects,
        object,
        tokens: tokens(text)?,
        position: 0,
        depth: 0,
        end: length + 1,
    };
    let node = parser.level(0)?;
    if parser.position < parser.tokens.len() {
        return Err(parser.fail("unexpected text behind the formula"));
    }
    Ok(node)
}

impl Parser<'_> {
    fn column(&self) -> usize {
        self.tokens
            .get(self.position)
            .map_or(self.end, |(_, column)| *column)
    }

    fn fail(&self, reason: impl Into<String>) -> FormulaError {
        FormulaError {
            column: self.column(),
            reason: reason.into(),
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.position), Some((Token::Sign(known), _)) if *known == sign);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), FormulaError> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.fail(format!("expected `{sign}`")))
    }

    fn level(&mut self, level: usize) -> Result<Node, FormulaError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        'more: loop {
            for (sign, operator) in *operators {
                if self.take(sign) {
                    let right = self.level(level + 1)?;
                    left = Node::Binary(*operator, Box::new(left), Box::new(right));
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn unary(&mut self) -> Result<Node, FormulaError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fail("the formula is nested too deeply"));
        }
        let node = if self.take("!") {
            Node::Not(Box::new(self.unary()?))
        } else if self.take("-") {
            Node::Negate(Box::new(self.unary()?))
        } else if self.take("(") {
            let inner = self.level(0)?;
            self.expect(")")?;
            inner
        } else {
            self.operand()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn operand(&mut self) -> Result<Node, FormulaError> {
        let column = self.column();
        let Some((token, _)) = self.tokens.get(self.position).cloned() else {
            return Err(self.fail("expected a value, a field or a function"));
        };
        self.position += 1;
        match token {
            Token::Number(number) => Ok(Node::Constant(Value::Double(number))),
            Token::Text(text) => Ok(Node::Constant(Value::text(text))),
            Token::Sign(sign) => Err(FormulaError {
                column,
                reason: format!("unexpected `{sign}`"),
            }),
            Token::Name(name) if self.take("(") => self.call(&name, column),
            Token::Name(name) => match name.to_ascii_uppercase().as_str() {
                "TRUE" => Ok(Node::Constant(Value::Bool(true))),
                "FALSE" => Ok(Node::Constant(Value::Bool(false))),
                "NULL" => Ok(Node::Constant(Value::Null)),
                _ => self
                    .path(&name)
                    .map(Node::Field)
                    .map_err(|reason| FormulaError { column, reason }),
            },
        }
    }

    fn call(&mut self, name: &str, column: usize) -> Result<Node, FormulaError> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.level(0)?);
                if self.take(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        let function = Function::find(name, arguments.len())
            .map_err(|reason| FormulaError { column, reason })?;
        let own = |node: &Node| matches!(node, Node::Field(path) if path.steps.is_empty());
        if function.is_about_change() && !arguments.iter().all(own) {
            let reason = format!("{name} takes a field of the record itself");
            return Err(FormulaError { column, reason });
        }
        Ok(Node::Call(function, arguments))
    }

    fn path(&self, name: &str) -> Result<Path, String> {
        let mut object = self
            .objects
            .get(self.object)
            .ok_or_else(|| "there is no such object".to_owned())?;
        let mut parts: Vec<&str> = name.split('.').collect();
        let field = parts.pop().unwrap_or_default();
        let mut steps = Vec::with_capacity(parts.len());
        for part in parts {
            let unknown = || format!("{} has no relationship `{part}` to one object", object.name);
            let step = object.relationship(part).ok_or_else(unknown)?;
            let [target] = object.fields[step].references.as_slice() else {
                return Err(unknown());
            };
            object = self
                .objects
                .iter()
                .find(|known| known.name == *target)
                .ok_or_else(unknown)?;
            steps.push(step);
        }
        let field = object
            .field_index(field)
            .ok_or_else(|| format!("{} has no field `{field}`", object.name))?;
        Ok(Path {
            steps,
            field,
            percent: object.fields[field].kind == FieldType::Percent,
        })
    }
}
