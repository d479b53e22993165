//! Starts the real programs that the stories talk to.
