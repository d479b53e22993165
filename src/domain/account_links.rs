//! Links by which a person chooses a password without having one: sent to their mail address, good once and not for long.

use chrono::{DateTime, Duration, Utc};

use super::ids::{AccountLinkId, PersonId};
use super::text_enum::text_enum;

/// Recoveries that an account may ask for within an hour; further ones are passed over without a word.
pub const RECOVERIES: usize = 3;
/// What counts as lately.
pub const LATELY: Duration = Duration::hours(1);

text_enum! {
    /// What a link is for.
    pub enum Purpose {
        /// An administrator has added the person, who has no password yet.
        Invitation = "invitation",
        /// The person has forgotten their password.
        Recovery = "recovery",
    }
}

impl Purpose {
    /// How long a link is good.
    pub fn lives(self) -> Duration {
        match self {
            Self::Invitation => Duration::days(3),
            Self::Recovery => Duration::hours(1),
        }
    }
}

/// A link, without its token, which is kept nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountLink {
    /// Identifier.
    pub id: AccountLinkId,
    /// Whose password it lets choose.
    pub person: PersonId,
    /// What for.
    pub purpose: Purpose,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Not from then on.
    pub expires_at: DateTime<Utc>,
    /// Whether it was used or withdrawn.
    pub spent: bool,
}

impl AccountLink {
    /// Whether it can still be used.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        !self.spent && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_link_is_good_once_and_until_its_end() {
        let created_at: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        for purpose in [Purpose::Invitation, Purpose::Recovery] {
            let link = AccountLink {
                id: AccountLinkId(Uuid::from_u128(1)),
                person: PersonId(Uuid::from_u128(2)),
                purpose,
                created_at,
                expires_at: created_at + purpose.lives(),
                spent: false,
            };
            let moment = Duration::microseconds(1);
            assert!(link.is_open(created_at) && link.is_open(link.expires_at - moment));
            assert!(!link.is_open(link.expires_at));
            assert!(
                !AccountLink {
                    spent: true,
                    ..link
                }
                .is_open(created_at)
            );
        }
    }
}
