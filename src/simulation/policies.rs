//! Who gets a case, and what somebody who is ready to read takes next.

use crate::domain::text_enum::text_enum;

text_enum! {
    /// A way of routing.
    pub enum Policy {
        /// Only experts of the case's own region, the shortest queue among them.
        StrictRegional = "strict_regional",
        /// One after the other.
        RoundRobin = "round_robin",
        /// The expert with the least waiting work.
        ShortestQueue = "shortest_queue",
        /// The expert whose calendar lets them answer first.
        EarliestFinish = "earliest_finish",
        /// The same, planned again for all waiting cases every four hours.
        Reoptimised = "reoptimised",
        /// A named owner by earliest finish; who is ready and has nothing takes the most pressing case of somebody else.
        IdleSteal = "idle_steal",
        /// No owner: whoever is ready takes the most pressing case, in the own field first.
        Pull = "pull",
        /// A named owner by earliest finish; whoever is ready reads what a plan of all waiting cases over all calendars gives them
        /// now, and takes over when it gives them nothing.
        Planned = "planned",
    }
}

impl Policy {
    /// Whether a case has a named owner when it is sent.
    pub(super) fn names_an_owner(self) -> bool {
        self != Self::Pull
    }

    /// Whether somebody with an empty queue takes what waits for others.
    pub(super) fn shares(self) -> bool {
        matches!(self, Self::IdleSteal | Self::Pull | Self::Planned)
    }
}
