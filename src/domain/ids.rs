//! Identifiers: UUIDv7, one type per kind of thing, made by an injected generator.

use uuid::Uuid;

/// Makes identifiers. Injected, so that a test or a seeded demonstration gives the same ones twice.
pub trait IdGenerator: Send + Sync {
    /// A new UUIDv7, later ones sorting after earlier ones.
    fn next(&self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier from the injected generator.
            pub fn new(ids: &dyn IdGenerator) -> Self { Self(ids.next()) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
    )+};
}

ids! {
    /// A network (GCS) and, with it, its expert pool.
    NetworkId,
    /// An agreement by which one network's cases may overflow to another's pool.
    AgreementId,
    /// A laboratory.
    LaboratoryId,
    /// A person with an account.
    PersonId,
    /// A registered slide source of a laboratory.
    SlideSourceId,
    /// A case.
    CaseId,
    /// A specimen of a case.
    SpecimenId,
    /// A block of a specimen.
    BlockId,
    /// A slide of a block, with its link.
    SlideId,
    /// Something that a person drew on a slide.
    AnnotationId,
    /// A picture of what an expert saw of a slide.
    SnapshotId,
    /// The metadata of a document attached to a case.
    AttachmentId,
    /// One offer of a case to one expert.
    AssignmentId,
    /// A proposal to move unopened cases.
    ProposalId,
    /// A link by which a person chooses a password.
    AccountLinkId,
    /// A time in which an expert is on call.
    DutyId,
    /// That an expert reads no case of a laboratory.
    RecusalId,
    /// An entry of what a network promises.
    TargetPolicyId,
    /// A question back to the submitter, an ancillary order, or a shipment: what a pause waits for.
    RequestId,
    /// One signed version of an opinion.
    OpinionId,
    /// A panel.
    PanelId,
    /// A signing authority of the exchange.
    AuthorityId,
    /// A person's signing key, with its certificate.
    SigningKeyId,
    /// One event of a case.
    EventId,
    /// One message or job of the outbox.
    OutboxId,
    /// A system that is told what happens to the cases of a network.
    WebhookId,
}
