//! The stories: one folder each, one test binary, so that the suite links once.


mod support;
