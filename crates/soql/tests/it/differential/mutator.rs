//! Damages queries the way people and programs do. Must not know what a damaged query means.

use super::chance::Chance;
use super::words::TOKENS;

/// Characters that matter to a lexer.
const CHARACTERS: &str = "'\"\\()[],.:;=<>!+-*/%_~#@? \t\na0Zz9é";

/// The query with one to three damages.
pub(super) fn mutated(chance: &mut Chance, query: &str) -> String {
    let mut text = query.to_owned();
    for _ in 0..=chance.below(3) {
        text = if chance.percent(60) {
            tokens_changed(chance, &text)
        } else {
            characters_changed(chance, &text)
        };
    }
    text
}

fn tokens_changed(chance: &mut Chance, text: &str) -> String {
    let mut tokens = split(text);
    if tokens.is_empty() {
        return TOKENS[chance.below(TOKENS.len())].to_owned();
    }
    let at = chance.below(tokens.len());
    let other = chance.below(tokens.len());
    match chance.below(6) {
        0 => {
            tokens.remove(at);
        }
        1 => tokens.insert(at, tokens[at]),
        2 => tokens.swap(at, other),
        3 => tokens[at] = chance.pick(TOKENS),
        4 => tokens.insert(at, chance.pick(TOKENS)),
        _ => tokens[at] = tokens[other],
    }
    // Sometimes the tokens stand closer or wider than before.
    let between = if chance.percent(10) { " " } else { "" };
    let mut changed = String::with_capacity(text.len() + 16);
    for token in tokens {
        let touches = changed.ends_with(|last: char| last.is_alphanumeric())
            && token.starts_with(|first: char| first.is_alphanumeric());
        if touches && !chance.percent(5) {
            changed.push(' ');
        }
        changed.push_str(token);
        changed.push_str(between);
    }
    changed
}

fn characters_changed(chance: &mut Chance, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let pool: Vec<char> = CHARACTERS.chars().collect();
    let new = pool[chance.below(pool.len())];
    if characters.is_empty() {
        return new.to_string();
    }
    let at = chance.below(characters.len());
    match chance.below(5) {
        0 => {
            characters.remove(at);
        }
        1 => characters.insert(at, new),
        2 => characters[at] = new,
        3 => characters.insert(at, characters[at]),
        _ => {
            let other = (at + 1) % characters.len();
            characters.swap(at, other);
        }
    }
    characters.into_iter().collect()
}

/// Words, blanks, strings and single symbols; nothing is lost.
fn split(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_alphanumeric() || "_.".contains(character);
        let length = if first == '\'' {
            let close = rest[1..].find('\'');
            close.map_or(rest.len(), |inside| inside + 2)
        } else if is_word(first) {
            rest.find(|next| !is_word(next)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}
