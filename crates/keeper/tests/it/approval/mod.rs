//! What the keeper demands before it sends a write, with and without sealed approvals.

mod ceremonies;
mod holder;
mod rows;
mod taken_back;
mod verification;
