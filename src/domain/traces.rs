//! What a trace tells of who did something: as what, and how it ended.

use super::permissions::Relation;
use super::text_enum::text_enum;

text_enum! {
    /// As what somebody did something.
    pub enum Standing {
        /// As [`Relation::Submitter`].
        Submitter = "submitter",
        /// As [`Relation::Holder`].
        Holder = "holder",
        /// As [`Relation::Signer`].
        Signer = "signer",
        /// As [`Relation::FormerSigner`].
        FormerSigner = "former_signer",
        /// As [`Relation::Invited`].
        Invited = "invited",
        /// As [`Relation::Reader`].
        Reader = "reader",
        /// As [`Relation::Panellist`].
        Panellist = "panellist",
        /// As [`Relation::Coordinator`].
        Coordinator = "coordinator",
        /// As [`Relation::Auditor`].
        Auditor = "auditor",
        /// As [`Relation::System`].
        System = "system",
        /// With their own account.
        Oneself = "oneself",
        /// For the whole exchange.
        Administrator = "administrator",
        /// At the command line of the machine.
        Operator = "operator",
        /// Being nothing to the case.
        Stranger = "stranger",
    }
}

text_enum! {
    /// How it ended.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// A password was wrong where presence was to be proved.
        Refused = "refused",
        /// They were kept from it.
        Denied = "denied",
    }
}

impl From<Relation> for Standing {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Submitter => Self::Submitter,
            Relation::Holder => Self::Holder,
            Relation::Signer => Self::Signer,
            Relation::FormerSigner => Self::FormerSigner,
            Relation::Invited => Self::Invited,
            Relation::Reader => Self::Reader,
            Relation::Panellist => Self::Panellist,
            Relation::Coordinator => Self::Coordinator,
            Relation::Auditor => Self::Auditor,
            Relation::System => Self::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text_enum::TextEnum;

    #[test]
    fn a_relation_keeps_its_name_in_the_traces() {
        for relation in Relation::ALL {
            assert_eq!(Standing::from(*relation).as_str(), relation.as_str());
        }
    }
}
