//! Looking for people by what somebody typed: any part of a name or an address, in any case.
//!
//! Must not know: which table.

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr},
};

/// The pattern for a part of a text: what was typed, with no character of it meaning anything else.
fn pattern(typed: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(typed.len() + 2);
    pattern.push('%');
    for letter in typed.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}

/// Whether one of the columns contains what was typed. Letters beyond ASCII are compared as typed too, because one
/// engine lowers ASCII only.
pub(crate) fn contains<C: IntoColumnRef + Copy>(columns: &[C], typed: &str) -> Condition {
    let lowered = typed.to_lowercase();
    columns.iter().fold(Condition::any(), |any, column| {
        any.add(Expr::expr(Func::lower(Expr::col(*column))).like(pattern(&lowered)))
            .add(Expr::col(*column).like(pattern(typed)))
    })
}
