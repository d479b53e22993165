//! Organisations by their names, as fields offer them and roles name them.

use std::collections::HashMap;

use super::super::page::Page;
use super::super::visitor::Visitor;
use super::record::Choices;
use crate::domain::permissions::{Realm, realm};
use crate::service::administration::people::RoleContent;
use crate::service::reference::{self, LaboratoryDocument, NetworkDocument};
use crate::service::{ServiceError, administration};

/// The networks and laboratories of the exchange.
pub(super) struct Places {
    /// Networks, by name.
    pub(super) networks: Vec<NetworkDocument>,
    /// Laboratories, by name.
    pub(super) laboratories: Vec<LaboratoryDocument>,
    names: HashMap<String, String>,
    realm: Realm,
}

impl Places {
    /// Reads them, for an administrator.
    pub(super) async fn read(visitor: &Visitor) -> Result<Self, ServiceError> {
        let refused = ServiceError::Forbidden(administration::FOR_ADMINISTRATORS);
        let realm = realm(visitor.actor()).ok_or(refused)?;
        let networks = reference::networks(visitor.exchange()).await?;
        let laboratories = reference::laboratories(visitor.exchange()).await?;
        let of_networks = networks.iter().map(|n| (n.id.to_string(), n.name.clone()));
        let of_laboratories = laboratories
            .iter()
            .map(|l| (l.id.to_string(), l.name.clone()));
        Ok(Self {
            names: of_networks.chain(of_laboratories).collect(),
            networks,
            laboratories,
            realm,
        })
    }

    /// What an organisation is called.
    pub(super) fn name(&self, id: impl std::fmt::Display) -> String {
        self.names.get(&id.to_string()).cloned().unwrap_or_default()
    }

    /// The networks that the visitor administers, to choose from.
    pub(super) fn networks(&self) -> Choices {
        let within = self.networks.iter().filter(|n| self.realm.covers(n.id));
        within.map(|n| (n.id.to_string(), n.name.clone())).collect()
    }

    /// Every laboratory, to choose from: an expert may work anywhere.
    pub(super) fn laboratories(&self) -> Choices {
        let all = self.laboratories.iter();
        all.map(|l| (l.id.to_string(), l.name.clone())).collect()
    }

    /// The laboratories that the visitor administers, to choose from.
    pub(super) fn laboratories_kept(&self) -> Choices {
        let within = self
            .laboratories
            .iter()
            .filter(|l| self.realm.covers(l.network));
        within.map(|l| (l.id.to_string(), l.name.clone())).collect()
    }

    /// A role in words, with where it is held.
    pub(super) fn role(&self, page: &Page, held: &RoleContent) -> String {
        let places = held.laboratory.map(|id| self.name(id));
        let places = places
            .into_iter()
            .chain(held.network.map(|id| self.name(id)));
        std::iter::once(page.word("role", held.role))
            .chain(places)
            .collect::<Vec<_>>()
            .join(" · ")
    }
}
