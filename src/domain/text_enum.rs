//! Enumerations that are stored, sent and documented under one stable text each.

/// An enumeration whose members have one stable snake_case name, the same in the database, the API and the documents.
pub trait TextEnum: Sized + Copy + 'static {
    /// Every member, in the order of its declaration.
    const ALL: &'static [Self];
    /// The stable name.
    fn as_str(self) -> &'static str;
    /// The member of that name.
    fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|member| member.as_str() == name)
    }
}

/// Declares an enumeration with its stable names, serde included.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $crate::domain::text_enum::TextEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::domain::text_enum::TextEnum::as_str(*self))
            }
        }
    };
}
pub(crate) use text_enum;
