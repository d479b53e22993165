//! Slide sources: the safe outbound client, link checks, the built-in demonstration source.
