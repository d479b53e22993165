//! Turnaround: how urgent a case is and why its clock stands still.

use super::text_enum::text_enum;

text_enum! {
    /// How soon an answer is needed; the most urgent first.
    pub enum Urgency {
        /// The patient is in theatre: minutes, wall clock.
        IntraOperative = "intra_operative",
        /// Within a working day.
        Urgent = "urgent",
        /// Within some working days.
        Routine = "routine",
    }
}

text_enum! {
    /// Why the answer clock stands still. Each kind is counted apart.
    pub enum PauseKind {
        /// Waiting for the submitter's answer to a question.
        Information = "information",
        /// Waiting for a stain or a molecular test.
        Ancillary = "ancillary",
        /// Waiting for glass or blocks on their way.
        Transit = "transit",
        /// The slides cannot be opened.
        SlidesUnavailable = "slides_unavailable",
    }
}
