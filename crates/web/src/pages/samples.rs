//! Every page rendered from made-up values: with nothing, with one, with many, with long names, with
//! right-to-left and hostile text. The files land in `target/web-samples` to be looked at.

mod apps;
mod batch;
mod decided;
mod guides;
mod keeping;
mod lists;
mod made;
mod people;
mod recovery;
mod review;
mod telling;
mod write;
