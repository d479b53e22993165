//! People and the roles they hold in organisations.

use super::ids::{LaboratoryId, NetworkId, PersonId};
use super::text_enum::text_enum;

text_enum! {
    /// What a person may be in an organisation. One person may hold several, in several organisations.
    pub enum Role {
        /// Asks for second opinions for a laboratory (the *requérant*).
        Submitter = "submitter",
        /// Answers them for a network's pool (the *requis*).
        Expert = "expert",
        /// Watches one network's queue.
        Coordinator = "coordinator",
        /// Reads traces of access, never content.
        Auditor = "auditor",
        /// Keeps people, organisations, slide sources and settings; sees no case.
        Administrator = "administrator",
    }
}

/// One role held in one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The role.
    pub role: Role,
    /// The laboratory, for submitters (and for experts: where they work, which decides conflicts of interest).
    pub laboratory: Option<LaboratoryId>,
    /// The network, for experts and coordinators.
    pub network: Option<NetworkId>,
}

/// A person who has proved who they are, with the roles they hold now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// The roles held at the moment of the request, read from the database rather than from the token.
    pub memberships: Vec<Membership>,
}

impl Actor {
    /// Whether the person holds `role` anywhere.
    pub fn has(&self, role: Role) -> bool {
        self.memberships.iter().any(|m| m.role == role)
    }

    /// Whether the person submits for `laboratory`.
    pub fn submits_for(&self, laboratory: LaboratoryId) -> bool {
        self.memberships
            .iter()
            .any(|m| m.role == Role::Submitter && m.laboratory == Some(laboratory))
    }

    /// Whether the person coordinates `network`.
    pub fn coordinates(&self, network: NetworkId) -> bool {
        self.memberships
            .iter()
            .any(|m| m.role == Role::Coordinator && m.network == Some(network))
    }

    /// Whether the person is an expert of the pool of `network`.
    pub fn reads_for(&self, network: NetworkId) -> bool {
        self.memberships
            .iter()
            .any(|m| m.role == Role::Expert && m.network == Some(network))
    }

    /// Whether the person decides what `network` promises: who coordinates it, and who keeps settings.
    pub fn sets_targets_of(&self, network: NetworkId) -> bool {
        let administers = |held: &Membership| {
            held.role == Role::Administrator && held.network.is_none_or(|own| own == network)
        };
        self.coordinates(network) || self.memberships.iter().any(administers)
    }

    /// The networks the person coordinates.
    pub fn coordinated(&self) -> impl Iterator<Item = NetworkId> + '_ {
        self.memberships
            .iter()
            .filter(|m| m.role == Role::Coordinator)
            .filter_map(|m| m.network)
    }

    /// The laboratories the person submits for.
    pub fn submitting(&self) -> impl Iterator<Item = LaboratoryId> + '_ {
        self.memberships
            .iter()
            .filter(|m| m.role == Role::Submitter)
            .filter_map(|m| m.laboratory)
    }
}
