//! The API document against the code: what one promises, the other keeps.

mod answers;
mod case_life;
mod checks;
mod codes;
mod commands;
mod examples;
mod limits;
mod problems;
mod refusals;
mod repeats;
mod routes;
mod unthought;
