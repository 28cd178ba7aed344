//! Makes arbitrary SOQL trees that the grammar can write, for property tests.

mod literal;

use gatelodge_soql::ast::{
    Aggregate, AggregateCall, CategorySelection, CategorySelector, Comparison, ComparisonOperator,
    Condition, Count, DataCategory, DateCall, DateFunction, Direction, Distance, DistanceUnit,
    Expression, FieldCall, FieldPath, FieldSet, FieldsCall, FormatCall, From, FromJoin,
    Geolocation, GroupBy, Grouping, Inclusion, Like, Literal, Membership, MembershipSource, Name,
    Nulls, OrderItem, Query, SelectItem, Selected, TypeOf, TypeOfBranch, UserFilter, Value,
    VisibilityContext, VisibilitySetting, WithClause,
};
use gatelodge_soql::{Pattern, PatternPiece, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use literal::{literal, number, string_literal};

const NOWHERE: Span = Span { start: 0, end: 0 };
/// Words that are never a name alone.
const RESERVED: [&str; 32] = [
    "and", "as", "asc", "bind", "by", "cube", "desc", "else", "excludes", "false", "first", "for",
    "from", "having", "in", "includes", "last", "like", "limit", "lookup", "not", "null", "nulls",
    "or", "rollup", "select", "true", "update", "using", "where", "with", "typeof",
];

pub(crate) fn name() -> impl Strategy<Value = Name> {
    // Words that start a clause elsewhere are names too, and the most likely to be misread.
    let keyword = select(vec![
        "Format", "Offset", "Order", "Group", "Count", "View", "When", "End", "Scope", "Today",
        "Distance", "Data", "Fields", "Then", "Tracking",
    ]);
    prop_oneof![3 => "[A-Za-z][A-Za-z0-9_]{0,5}", 1 => keyword.prop_map(str::to_owned)]
        .prop_filter("reserved", |text| {
            // `TYPEOF` before an alias reads as the clause.
            !RESERVED.contains(&text.to_ascii_lowercase().as_str())
        })
        .prop_map(|text| Name {
            text,
            span: NOWHERE,
        })
}

fn path() -> impl Strategy<Value = FieldPath> {
    vec(name(), 1..4).prop_map(|segments| FieldPath {
        segments,
        span: NOWHERE,
    })
}

/// Text pieces are never empty nor side by side: a text cannot show where one ends.
pub(crate) fn pattern(text: &'static str) -> impl Strategy<Value = Pattern> {
    let wildcard = select(vec![PatternPiece::AnyRun, PatternPiece::AnyOne]);
    let piece = prop_oneof![text.prop_map(PatternPiece::Text), wildcard];
    vec(piece, 1..5).prop_map(|mut pieces| {
        pieces.dedup_by(|next, before| {
            matches!(
                (next, before),
                (PatternPiece::Text(_), PatternPiece::Text(_))
            )
        });
        Pattern { pieces }
    })
}

fn field() -> impl Strategy<Value = Expression> {
    let aggregate = (
        select(vec![
            Aggregate::Count,
            Aggregate::CountDistinct,
            Aggregate::Sum,
            Aggregate::Average,
            Aggregate::Minimum,
            Aggregate::Maximum,
        ]),
        path(),
    )
        .prop_map(|(function, field)| {
            Expression::Aggregate(AggregateCall {
                function,
                field,
                span: NOWHERE,
            })
        })
        .boxed();
    let date = (
        select(vec![
            DateFunction::CalendarMonth,
            DateFunction::DayOnly,
            DateFunction::WeekInYear,
        ]),
        any::<bool>(),
        path(),
    )
        .prop_map(|(function, convert_timezone, field)| {
            Expression::Date(DateCall {
                function,
                convert_timezone,
                field,
                span: NOWHERE,
            })
        });
    let calls: Vec<fn(FieldCall) -> Expression> = vec![
        Expression::Grouping,
        Expression::ToLabel,
        Expression::ConvertCurrency,
    ];
    let call = (select(calls), path()).prop_map(|(call, field)| {
        call(FieldCall {
            field,
            span: NOWHERE,
        })
    });
    let convert = path().prop_map(|field| {
        Expression::ConvertCurrency(FieldCall {
            field,
            span: NOWHERE,
        })
    });
    let format = prop_oneof![
        path().prop_map(Expression::Field),
        convert,
        aggregate.clone()
    ]
    .prop_map(|argument| {
        Expression::Format(FormatCall {
            argument: Box::new(argument),
            span: NOWHERE,
        })
    });
    prop_oneof![
        4 => path().prop_map(Expression::Field),
        1 => aggregate,
        1 => date,
        1 => call,
        1 => format,
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let unit = select(vec![DistanceUnit::Miles, DistanceUnit::Kilometres]);
    let distance =
        (path(), number(), number(), unit).prop_map(|(field, latitude, longitude, unit)| {
            let point = Geolocation {
                latitude,
                longitude,
            };
            Expression::Distance(Distance {
                field,
                point,
                unit,
                span: NOWHERE,
            })
        });
    prop_oneof![8 => field(), 1 => distance]
}

/// What is left of a query when it stands in a semi-join.
fn semi_join((query, field): (Query, Expression)) -> MembershipSource {
    let mut kept = query;
    kept.select = vec![SelectItem::Expression(Selected {
        expression: field,
        alias: None,
        span: NOWHERE,
    })];
    kept.with.truncate(1);
    kept.with.retain(stands_first);
    kept.group_by = None;
    kept.having = None;
    kept.order_by = Vec::new();
    kept.limit = None;
    kept.offset = None;
    MembershipSource::Query(Box::new(kept))
}

fn stands_first(clause: &WithClause) -> bool {
    matches!(clause, WithClause::DataCategory(_) | WithClause::User(_))
}

fn simple_condition(queries: BoxedStrategy<Query>) -> impl Strategy<Value = Condition> {
    let operator = select(vec![
        ComparisonOperator::Equal,
        ComparisonOperator::NotEqual,
        ComparisonOperator::Less,
        ComparisonOperator::LessOrEqual,
        ComparisonOperator::Greater,
        ComparisonOperator::GreaterOrEqual,
    ]);
    let source = prop_oneof![
        3 => vec(literal(), 1..4).prop_map(MembershipSource::Values),
        1 => (queries, field()).prop_map(semi_join),
    ];
    prop_oneof![
        (expression(), operator, literal()).prop_map(|(left, operator, value)| {
            Condition::Comparison(Comparison {
                left,
                operator,
                value,
                span: NOWHERE,
            })
        }),
        (field(), pattern("[a-z'%_\\\\\n\u{e9}]{1,4}")).prop_map(|(left, pattern)| {
            Condition::Like(Like {
                left,
                pattern,
                pattern_span: NOWHERE,
                span: NOWHERE,
            })
        }),
        (field(), any::<bool>(), source).prop_map(|(left, negated, source)| {
            Condition::In(Membership {
                left,
                negated,
                source,
                span: NOWHERE,
            })
        }),
        (field(), any::<bool>(), vec(string_literal(), 1..3)).prop_map(
            |(left, negated, values)| {
                Condition::Includes(Inclusion {
                    left,
                    negated,
                    values,
                    span: NOWHERE,
                })
            }
        ),
    ]
}

fn condition(queries: BoxedStrategy<Query>) -> BoxedStrategy<Condition> {
    simple_condition(queries)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 2..4).prop_map(Condition::And),
                vec(inner.clone(), 2..4).prop_map(Condition::Or),
                inner.prop_map(|condition| Condition::Not(Box::new(condition))),
            ]
        })
        .boxed()
}

fn select_item(queries: BoxedStrategy<Query>) -> impl Strategy<Value = SelectItem> {
    let selected = (expression(), option::of(name())).prop_map(|(expression, alias)| {
        SelectItem::Expression(Selected {
            expression,
            alias,
            span: NOWHERE,
        })
    });
    let branch =
        (name(), vec(path(), 1..3)).prop_map(|(object, fields)| TypeOfBranch { object, fields });
    let type_of = (path(), vec(branch, 1..3), vec(path(), 0..3)).prop_map(
        |(relationship, branches, otherwise)| {
            SelectItem::TypeOf(TypeOf {
                relationship,
                branches,
                otherwise,
                span: NOWHERE,
            })
        },
    );
    let fields = select(vec![FieldSet::All, FieldSet::Standard, FieldSet::Custom])
        .prop_map(|set| SelectItem::Fields(FieldsCall { set, span: NOWHERE }));
    let subquery = queries.prop_map(|query| SelectItem::Subquery(Box::new(query)));
    prop_oneof![5 => selected, 1 => type_of, 1 => fields, 1 => subquery]
}

fn with_clause() -> impl Strategy<Value = WithClause> {
    let selector = select(vec![
        CategorySelector::At,
        CategorySelector::Above,
        CategorySelector::Below,
        CategorySelector::AboveOrBelow,
    ]);
    let selection =
        (name(), selector, vec(name(), 1..3)).prop_map(|(group, selector, categories)| {
            CategorySelection {
                group,
                selector,
                categories,
            }
        });
    let value = prop_oneof![
        "[0-9]{1,6}".prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean)
    ]
    .prop_map(|value| Literal {
        value,
        span: NOWHERE,
    });
    let setting = (name(), value).prop_map(|(name, value)| VisibilitySetting { name, value });
    prop_oneof![
        Just(WithClause::SecurityEnforced(NOWHERE)),
        Just(WithClause::UserMode(NOWHERE)),
        Just(WithClause::SystemMode(NOWHERE)),
        vec(selection, 1..3).prop_map(|selections| {
            WithClause::DataCategory(DataCategory {
                selections,
                span: NOWHERE,
            })
        }),
        string_literal().prop_map(|user| WithClause::User(UserFilter {
            user,
            span: NOWHERE
        })),
        vec(setting, 1..3).prop_map(|settings| {
            WithClause::RecordVisibility(VisibilityContext {
                settings,
                span: NOWHERE,
            })
        }),
    ]
}

fn from() -> impl Strategy<Value = From> {
    let join = (path(), option::of(name())).prop_map(|(path, alias)| FromJoin { path, alias });
    (path(), option::of(name()), vec(join, 0..2)).prop_map(|(object, alias, joins)| From {
        object,
        alias,
        joins,
    })
}

fn scope() -> impl Strategy<Value = Name> {
    let known = vec!["mine", "Everything", "my_team_territory", "scopingRule"];
    select(known).prop_map(|text| Name {
        text: text.to_owned(),
        span: NOWHERE,
    })
}

fn count() -> impl Strategy<Value = Count> {
    any::<u64>().prop_map(|value| Count {
        value,
        span: NOWHERE,
    })
}

fn order_item() -> impl Strategy<Value = OrderItem> {
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    (
        expression(),
        direction,
        select(vec![Nulls::First, Nulls::Last]),
    )
        .prop_map(|(expression, direction, nulls)| OrderItem {
            expression,
            direction,
            nulls,
            span: NOWHERE,
        })
}

/// One filtering clause at most, and it stands first.
fn in_order(mut clauses: Vec<WithClause>) -> Vec<WithClause> {
    let filter = clauses.iter().position(stands_first);
    let filter = filter.map(|place| clauses.remove(place));
    clauses.retain(|clause| !stands_first(clause));
    filter.into_iter().chain(clauses).collect()
}

/// A query whose subqueries come from `inner`.
fn query_over(inner: BoxedStrategy<Query>) -> BoxedStrategy<Query> {
    let items = prop_oneof![
        6 => vec(select_item(inner.clone()), 1..4),
        1 => Just(vec![SelectItem::CountAll(NOWHERE)]),
    ];
    let kind = select(vec![Grouping::Plain, Grouping::Rollup, Grouping::Cube]);
    let group_by = (kind, vec(field(), 1..3)).prop_map(|(kind, expressions)| GroupBy {
        kind,
        expressions,
        span: NOWHERE,
    });
    let grouping = option::weighted(0.4, (group_by, option::of(condition(inner.clone()))));
    (
        items,
        (from(), option::weighted(0.2, scope())),
        option::of(condition(inner)),
        vec(with_clause(), 0..3).prop_map(in_order),
        grouping,
        vec(order_item(), 0..3),
        (option::of(count()), option::of(count())),
    )
        .prop_map(
            |(select, (from, scope), filter, with, grouping, order_by, (limit, offset))| {
                let (group_by, having) =
                    grouping.map_or((None, None), |(by, having)| (Some(by), having));
                Query {
                    select,
                    from,
                    scope,
                    filter,
                    with,
                    group_by,
                    having,
                    order_by,
                    limit,
                    offset,
                    for_view: None,
                    for_reference: None,
                    update_tracking: None,
                    update_viewstat: None,
                    span: NOWHERE,
                }
            },
        )
        .boxed()
}

pub(crate) fn query() -> impl Strategy<Value = Query> {
    let leaf = (path(), name()).prop_map(|(field, object)| {
        let text = format!("SELECT {field} FROM {object}");
        // A tree as small as they get; the parser is the shortest way to write one down.
        gatelodge_soql::parse(&text).map(Query::without_spans)
    });
    let leaf = leaf.prop_filter_map("not a query", Result::ok).boxed();
    let place = || option::weighted(0.2, Just(NOWHERE));
    (
        query_over(query_over(leaf)),
        place(),
        place(),
        place(),
        place(),
    )
        .prop_map(|(mut query, view, reference, tracking, viewstat)| {
            query.for_view = view;
            query.for_reference = if view.is_some() { None } else { reference };
            query.update_tracking = tracking;
            query.update_viewstat = viewstat;
            query
        })
}
