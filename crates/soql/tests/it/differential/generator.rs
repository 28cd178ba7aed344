//! Writes queries by the grammar, and counts how often each part of it was written. Names are
//! invented: the grammar knows no org. What the grammar takes and no org runs is written too.
//! Must not know how a parser works.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::chance::Chance;
use super::words::{
    DATE_FUNCTIONS, DATE_WORDS, ESCAPES, FIELD_FUNCTIONS, FIELDS, NAMES_THAT_ARE_KEYWORDS, OBJECTS,
    SCOPES,
};

pub(crate) struct Generator {
    pub(crate) chance: Chance,
    /// How many times each part was written.
    pub(crate) written: BTreeMap<&'static str, usize>,
    text: String,
    /// Subqueries that may still be opened inside each other.
    depth: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
            written: BTreeMap::new(),
            text: String::new(),
            depth: 0,
        }
    }

    pub(crate) fn query(&mut self) -> String {
        self.text.clear();
        self.depth = 2;
        self.statement(true);
        std::mem::take(&mut self.text)
    }

    fn hit(&mut self, part: &'static str) {
        *self.written.entry(part).or_default() += 1;
    }

    /// Writes a word, with blanks before it and sometimes in another letter case.
    fn word(&mut self, word: &str) {
        let blanks = match self.chance.below(40) {
            0 => "\n",
            1 => "\t",
            2 => "  ",
            3 => "\r\n",
            _ => " ",
        };
        if !self.text.is_empty() && !self.text.ends_with('(') {
            self.text.push_str(blanks);
        }
        match self.chance.below(12) {
            0 => self.text.push_str(&word.to_ascii_lowercase()),
            1 => self.text.push_str(&word.to_ascii_uppercase()),
            _ => self.text.push_str(word),
        }
    }

    /// Writes a piece as it is, sometimes with a blank before it.
    fn symbol(&mut self, symbol: &str) {
        if self.chance.percent(10) {
            self.text.push(' ');
        }
        self.text.push_str(symbol);
    }

    fn one_of(&mut self, part: &'static str, words: &[&'static str]) {
        let word = self.chance.pick(words);
        self.hit(part);
        self.hit(word);
        self.word(word);
    }

    fn list(&mut self, most: usize, mut item: impl FnMut(&mut Self)) {
        for index in 0..=self.chance.below(most) {
            if index > 0 {
                self.symbol(",");
            }
            item(self);
        }
    }

    fn parentheses(&mut self, inside: impl FnOnce(&mut Self)) {
        self.symbol("(");
        inside(self);
        self.symbol(")");
    }

    fn statement(&mut self, outer: bool) {
        self.word("SELECT");
        if self.chance.percent(6) {
            self.hit("COUNT()");
            self.word("COUNT");
            self.text.push_str("()");
        } else {
            self.list(4, Self::select_item);
        }
        self.from();
        if self.chance.percent(60) {
            self.hit("WHERE");
            self.word("WHERE");
            self.conditions(2);
        }
        self.with();
        if self.chance.percent(15) {
            self.group_by();
        }
        if self.chance.percent(25) {
            self.order_by();
        }
        for (part, often) in [("LIMIT", 25), ("OFFSET", 12)] {
            if self.chance.percent(often) {
                self.hit(part);
                self.word(part);
                self.integer();
            }
        }
        if self.chance.percent(3) {
            self.hit("BIND");
            self.word("BIND");
            self.list(2, |this| {
                this.path();
                this.symbol("=");
                this.literal();
            });
        }
        if outer || self.chance.percent(10) {
            self.writing_clauses();
        }
    }

    fn writing_clauses(&mut self) {
        if self.chance.percent(6) {
            let clause = self.chance.pick(&["VIEW", "REFERENCE"]);
            self.hit("FOR");
            self.hit(clause);
            self.word("FOR");
            self.word(clause);
        }
        if self.chance.percent(6) {
            let clause = self
                .chance
                .pick(&["TRACKING", "VIEWSTAT", "TRACKING, VIEWSTAT"]);
            self.hit("UPDATE");
            self.hit(clause);
            self.word("UPDATE");
            self.word(clause);
        }
    }

    fn select_item(&mut self) {
        match self.chance.below(20) {
            0 if self.depth > 0 => {
                self.hit("child subquery");
                self.depth -= 1;
                self.word("");
                self.parentheses(|this| this.statement(false));
                self.depth += 1;
            }
            1 => self.type_of(),
            2 => {
                self.hit("DISTANCE in SELECT");
                self.distance();
                self.alias();
            }
            3 => {
                self.hit("FIELDS()");
                let set = self.chance.pick(&["ALL", "STANDARD", "CUSTOM"]);
                self.hit(set);
                self.word("FIELDS");
                self.parentheses(|this| this.word(set));
            }
            _ => {
                self.field();
                if self.chance.percent(15) {
                    self.alias();
                }
            }
        }
    }

    fn alias(&mut self) {
        self.hit("alias");
        let alias = self.chance.pick(&["n", "total", "x1", "my_alias"]);
        self.word(alias);
    }

    fn type_of(&mut self) {
        self.hit("TYPEOF");
        self.word("TYPEOF");
        self.word("What");
        for _ in 0..=self.chance.below(2) {
            self.word("WHEN");
            self.object();
            self.word("THEN");
            self.list(3, Self::path);
        }
        if self.chance.percent(50) {
            self.hit("TYPEOF ELSE");
            self.word("ELSE");
            self.list(2, Self::path);
        }
        self.word("END");
    }

    fn object(&mut self) {
        self.one_of("object", OBJECTS);
    }

    fn path(&mut self) {
        self.hit("path");
        if self.chance.percent(5) {
            return self.one_of("keyword as name", NAMES_THAT_ARE_KEYWORDS);
        }
        let field = self.chance.pick(FIELDS);
        self.word(field);
    }

    fn field(&mut self) {
        match self.chance.below(10) {
            0 => {
                self.one_of("date function", DATE_FUNCTIONS);
                self.parentheses(|this| {
                    if this.chance.percent(25) {
                        this.hit("convertTimezone");
                        this.word("convertTimezone");
                        this.parentheses(Self::path);
                    } else {
                        this.path();
                    }
                });
            }
            1 | 2 => {
                self.one_of("function of a field", FIELD_FUNCTIONS);
                self.parentheses(Self::path);
            }
            3 => {
                self.hit("FORMAT of a function");
                self.word("FORMAT");
                self.parentheses(|this| {
                    let inner = this.chance.pick(&["convertCurrency", "MAX", "SUM"]);
                    this.word(inner);
                    this.parentheses(Self::path);
                });
            }
            4 if self.chance.percent(20) => {
                self.hit("function that no org has");
                let function = self.chance.pick(&["LOWER", "f", "Data"]);
                self.word(function);
                if self.chance.percent(50) {
                    self.parentheses(Self::path);
                } else {
                    self.parentheses(|this| {
                        this.word("g");
                        this.parentheses(Self::path);
                    });
                }
            }
            _ => self.path(),
        }
    }

    fn distance(&mut self) {
        self.word("DISTANCE");
        self.parentheses(|this| {
            this.path();
            this.symbol(",");
            this.word("GEOLOCATION");
            this.parentheses(|this| {
                this.number();
                this.symbol(",");
                this.number();
            });
            this.symbol(",");
            let unit = this.chance.pick(&["mi", "km", "KM"]);
            this.hit(unit);
            write!(this.text, "'{unit}'").unwrap();
        });
    }

    fn from(&mut self) {
        self.word("FROM");
        self.object();
        if self.chance.percent(25) {
            self.hit("FROM alias");
            if self.chance.percent(30) {
                self.hit("FROM AS alias");
                self.word("AS");
            }
            self.word("c");
            if self.chance.percent(30) {
                self.hit("FROM join");
                self.symbol(",");
                self.word("c.Account");
                self.word("a");
            }
        }
        if self.chance.percent(8) {
            self.hit("USING SCOPE");
            self.word("USING");
            self.word("SCOPE");
            self.one_of("scope", SCOPES);
            if self.chance.percent(20) {
                self.hit("USING LOOKUP");
                self.symbol(",");
                self.word("LOOKUP");
                self.word("filter");
            }
        }
    }

    fn conditions(&mut self, depth: usize) {
        match self.chance.below(6) {
            0 => {
                self.hit("NOT");
                self.word("NOT");
                self.condition(depth);
            }
            kind @ (1 | 2) => {
                let operator = if kind == 1 { "AND" } else { "OR" };
                self.hit(operator);
                self.condition(depth);
                for _ in 0..=self.chance.below(3) {
                    self.word(operator);
                    self.condition(depth);
                }
            }
            _ => self.condition(depth),
        }
    }

    fn condition(&mut self, depth: usize) {
        match self.chance.below(12) {
            0..=2 if depth > 0 => {
                self.hit("conditions in parentheses");
                self.word("");
                self.parentheses(|this| this.conditions(depth - 1));
            }
            3 => {
                self.hit("LIKE");
                self.field();
                self.word("LIKE");
                if self.chance.percent(10) {
                    self.hit("LIKE without a string");
                    self.number();
                } else {
                    self.like_string();
                }
            }
            4 => {
                let operator = self.chance.pick(&["INCLUDES", "EXCLUDES"]);
                self.hit(operator);
                self.field();
                self.word(operator);
                self.parentheses(|this| this.list(3, Self::string));
            }
            5 | 6 => self.membership(),
            7 => {
                self.hit("DISTANCE in WHERE");
                self.distance();
                self.comparison();
            }
            8 if self.chance.percent(30) => {
                self.hit("calculation");
                self.path();
                let operator = self.chance.pick(&[" + ", "-", "+"]);
                self.text.push_str(operator);
                self.text.push_str("Total__c");
                self.comparison();
            }
            _ => {
                self.field();
                self.comparison();
            }
        }
    }

    fn membership(&mut self) {
        self.field();
        let operator = self.chance.pick(&["IN", "NOT IN"]);
        self.hit(operator);
        self.word(operator);
        self.parentheses(|this| {
            if this.depth == 0 || this.chance.percent(65) {
                this.hit("IN values");
                return this.list(4, Self::literal);
            }
            this.hit("semi-join");
            this.depth -= 1;
            this.word("SELECT");
            this.path();
            this.from();
            if this.chance.percent(60) {
                this.word("WHERE");
                this.conditions(1);
            }
            this.depth += 1;
        });
    }

    fn comparison(&mut self) {
        let operator = self.chance.pick(&["=", "!=", "<>", "<", "<=", ">", ">="]);
        self.hit(operator);
        self.symbol(" ");
        self.symbol(operator);
        self.literal();
    }

    fn literal(&mut self) {
        match self.chance.below(14) {
            0..=3 => self.string(),
            4 | 5 => self.number(),
            6 => self.one_of("boolean", &["TRUE", "FALSE"]),
            7 => self.one_of("null", &["NULL"]),
            8 => self.date(),
            9 => self.date_time(),
            10 => {
                self.hit("time");
                self.text.push(' ');
                self.clock();
                self.text.push('Z');
            }
            11 | 12 => self.date_word(),
            _ => {
                self.hit("currency");
                let whole = self.chance.below(9999);
                let code = self.chance.pick(&["USD", "EUR", "jpy"]);
                write!(self.text, " {code}{whole}").unwrap();
                if self.chance.percent(30) {
                    self.hit("currency with fraction");
                    self.text.push_str(".05");
                }
            }
        }
    }

    fn date_word(&mut self) {
        let word = self.chance.pick(DATE_WORDS);
        self.hit("date literal");
        self.hit(word);
        self.word(word);
        if word.starts_with("N_") || word.contains("_N_") {
            self.symbol(":");
            let count = self.chance.below(400);
            self.symbol(&count.to_string());
        }
    }

    fn number(&mut self) {
        let sign = self.chance.pick(&["", "", "-", "+"]);
        let (part, number) = match self.chance.below(3) {
            0 => ("whole number", format!("{}", self.chance.below(100_000))),
            1 => ("decimal number", format!("{}.5", self.chance.below(100))),
            _ => ("number from the dot on", ".25".to_owned()),
        };
        self.hit(part);
        self.hit(match sign {
            "-" => "negative number",
            "+" => "number with plus",
            _ => "number without sign",
        });
        write!(self.text, " {sign}{number}").unwrap();
    }

    fn integer(&mut self) {
        let number = self.chance.below(3000);
        let sign = self.chance.pick(&["", "", "", "-", "+ "]);
        self.word(&format!("{sign}{number}"));
    }

    fn date(&mut self) {
        self.hit("date");
        let (month, day) = (1 + self.chance.below(12), 1 + self.chance.below(28));
        write!(self.text, " 2026-{month:02}-{day:02}").unwrap();
    }

    fn date_time(&mut self) {
        self.date();
        self.hit("datetime");
        self.text.push('T');
        self.clock();
        let zone = self.chance.pick(&["Z", "z", "+01:00", "-0530"]);
        self.hit(zone);
        self.text.push_str(zone);
    }

    fn clock(&mut self) {
        let (hour, minute) = (self.chance.below(24), self.chance.below(60));
        write!(self.text, "{hour:02}:{minute:02}:59").unwrap();
        if self.chance.percent(50) {
            self.hit("fraction of a second");
            self.text.push_str(".123");
        }
    }

    fn string(&mut self) {
        self.hit("string");
        self.text.push_str(" '");
        self.string_pieces();
        self.text.push('\'');
    }

    fn like_string(&mut self) {
        self.text.push_str(" '");
        let wildcard = self.chance.pick(&["%", "_", r"\%", r"\_"]);
        self.hit(wildcard);
        self.text.push_str(wildcard);
        self.string_pieces();
        self.text.push_str("%'");
    }

    fn string_pieces(&mut self) {
        for _ in 0..self.chance.below(3) {
            if self.chance.percent(30) {
                let escape = self.chance.pick(ESCAPES);
                self.hit(escape);
                self.text.push_str(escape);
            } else {
                let piece = self
                    .chance
                    .pick(&["Acme", " ", "é", "😀", "FOR VIEW", "(", "--"]);
                self.text.push_str(piece);
            }
        }
    }

    fn with(&mut self) {
        match self.chance.below(14) {
            0 => {
                self.hit("WITH DATA CATEGORY");
                self.word("WITH DATA CATEGORY");
                self.category();
                while self.chance.percent(30) {
                    self.hit("second data category");
                    self.word("AND");
                    self.category();
                }
            }
            1 => {
                self.hit("WITH UserId");
                self.word("WITH UserId");
                self.symbol("=");
                self.string();
            }
            2 => {
                self.word("WITH");
                self.one_of(
                    "WITH mode",
                    &["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"],
                );
            }
            3 => {
                self.hit("WITH RecordVisibilityContext");
                self.word("WITH RecordVisibilityContext");
                self.parentheses(|this| {
                    this.list(3, |this| {
                        this.word("setting");
                        this.symbol("=");
                        let value = this.chance.pick(&["100", "true", "false"]);
                        this.symbol(value);
                    });
                });
            }
            _ => {}
        }
    }

    fn category(&mut self) {
        self.word("Geography__c");
        self.one_of(
            "category operator",
            &["AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW"],
        );
        if self.chance.percent(50) {
            self.hit("list of categories");
            self.word("");
            self.parentheses(|this| this.list(3, |this| this.word("usa__c")));
        } else {
            self.word("usa__c");
        }
    }

    fn group_by(&mut self) {
        self.hit("GROUP BY");
        self.word("GROUP BY");
        if self.chance.percent(40) {
            self.one_of("subtotals", &["ROLLUP", "CUBE"]);
            self.parentheses(|this| this.list(3, Self::field));
        } else {
            self.list(3, Self::field);
        }
        if self.chance.percent(40) {
            self.hit("HAVING");
            self.word("HAVING");
            self.conditions(1);
        }
    }

    fn order_by(&mut self) {
        self.hit("ORDER BY");
        self.word("ORDER BY");
        self.list(3, |this| {
            if this.chance.percent(15) {
                this.hit("ORDER BY distance");
                this.distance();
            } else {
                this.field();
            }
            if this.chance.percent(40) {
                this.one_of("direction", &["ASC", "DESC"]);
            }
            if this.chance.percent(30) {
                this.one_of("nulls", &["NULLS FIRST", "NULLS LAST"]);
            }
        });
    }
}
