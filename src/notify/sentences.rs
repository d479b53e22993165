//! The sentences of the mails, in both languages. They say that something waits, and where; never about whom.

use crate::domain::notifications::NotificationKind as Kind;

/// What a mail says: its subject, its first sentence, and what its instant means, if it has one.
pub(super) struct Sentences {
    /// Subject, in front of the case's reference.
    pub(super) subject: &'static str,
    /// First sentence.
    pub(super) lead: &'static str,
    /// In front of the instant.
    pub(super) instant: Option<&'static str>,
}

const fn say(
    subject: &'static str,
    lead: &'static str,
    instant: Option<&'static str>,
) -> Sentences {
    Sentences {
        subject,
        lead,
        instant,
    }
}

/// French.
pub(super) fn french(kind: Kind) -> Sentences {
    match kind {
        Kind::Offer => say(
            "Un cas vous est proposé",
            "Un cas vous est proposé pour un second avis.",
            Some("Réponse souhaitée avant"),
        ),
        Kind::OfferReminder => say(
            "Rappel : un cas attend votre réponse",
            "Le cas qui vous a été proposé attend toujours votre réponse.",
            Some("Sans réponse, il sera proposé à un autre expert"),
        ),
        Kind::OfferExpired => say(
            "Proposition expirée",
            "La proposition est restée sans réponse ; le cas est proposé à un autre expert. Vous n’avez rien à faire.",
            None,
        ),
        Kind::CaseLeft => say(
            "Ce cas ne vous est plus confié",
            "Ce cas a été retiré, repris, réorienté, ou lu par un confrère disponible plus tôt. Vous n’avez rien à faire.",
            None,
        ),
        Kind::Warning => say(
            "Échéance proche",
            "La réponse à ce cas est attendue bientôt.",
            Some("Échéance"),
        ),
        Kind::Breach => say(
            "Échéance dépassée",
            "La réponse à ce cas est en retard.",
            Some("Échéance dépassée"),
        ),
        Kind::Receipt => say(
            "Demande reçue",
            "Votre demande de second avis a été reçue et transmise.",
            None,
        ),
        Kind::Question => say(
            "Une question vous est posée",
            "Votre demande de second avis attend quelque chose de vous ; le délai de réponse est suspendu jusque-là.",
            None,
        ),
        Kind::AnswerReceived => say(
            "Élément reçu",
            "Ce que vous attendiez pour ce cas est arrivé ; le délai court de nouveau.",
            None,
        ),
        Kind::PartReceived => say(
            "Un élément reçu, un autre attendu",
            "Une partie de ce que vous attendiez pour ce cas est arrivée ; le reste est encore attendu, et le délai reste suspendu.",
            None,
        ),
        Kind::MaterialSent => say(
            "Du matériel est en route",
            "Du matériel vous a été envoyé pour ce cas ; le délai est suspendu jusqu’à ce que sa réception soit confirmée.",
            None,
        ),
        Kind::PreliminaryReady => say(
            "Avis préliminaire disponible",
            "Un avis préliminaire peut être lu. Il peut encore changer avant sa signature.",
            None,
        ),
        Kind::OpinionReady => say(
            "Avis signé disponible",
            "L’avis signé peut être lu. Merci d’en accuser réception.",
            None,
        ),
        Kind::OpinionChanged => say(
            "Un avis a été complété ou modifié",
            "Une nouvelle version signée de l’avis peut être lue. Merci d’en accuser réception.",
            None,
        ),
        Kind::EarlierOpinionChanged => say(
            "Un avis antérieur a été complété ou modifié",
            "Une nouvelle version signée d’un avis antérieur sur ce cas peut être lue.",
            None,
        ),
        Kind::CaseRefused => say(
            "Demande refusée",
            "Le réseau d’experts n’a pas pu prendre votre demande. Le motif est indiqué dans le dossier.",
            None,
        ),
        Kind::Reopened => say(
            "Cas rouvert par l’expert",
            "L’expert a rouvert ce cas pour un nouvel avis. Le motif est indiqué dans le dossier.",
            None,
        ),
        Kind::WithdrawalAgreed => say(
            "Retrait accepté",
            "Votre demande de retrait est acceptée ; le cas est retiré, sans avis signé.",
            None,
        ),
        Kind::Feedback => say(
            "Retour du requérant",
            "Le requérant a répondu à votre avis ou indiqué l’évolution.",
            None,
        ),
        Kind::WithdrawalRequested => say(
            "Retrait demandé",
            "Le requérant demande à reprendre ce cas, avec votre accord.",
            None,
        ),
        Kind::PanelInvitation => say(
            "Une lecture à plusieurs vous est proposée",
            "Une place vous est proposée pour la lecture à plusieurs de ce cas. Chacun lit sans connaître la lecture des autres.",
            Some("Réponse souhaitée avant"),
        ),
        Kind::SeatReminder => say(
            "Rappel : une lecture à plusieurs vous attend",
            "Votre place dans la lecture à plusieurs de ce cas attend toujours votre réponse, ou votre lecture.",
            Some("Sans elle, votre place pourra être proposée à un autre expert"),
        ),
        Kind::SeatFreed => say(
            "Votre place dans une lecture à plusieurs a été reprise",
            "Votre place dans la lecture à plusieurs de ce cas n’est plus la vôtre : son délai est écoulé, ou vous n’êtes pas en mesure de lire ce cas.",
            None,
        ),
        Kind::ReaderLeft => say(
            "Place libre dans une lecture à plusieurs",
            "Une place de la lecture à plusieurs de ce cas est libre ; vous pouvez la confier à un autre expert, ou clore la lecture.",
            None,
        ),
        Kind::ReaderReplaced => say(
            "Lecteur remplacé dans une lecture à plusieurs",
            "Une place de la lecture à plusieurs de ce cas a été reprise et proposée à un autre expert.",
            None,
        ),
        Kind::SeatLate => say(
            "Lecture à plusieurs en retard",
            "Un lecteur n’a pas répondu, ou pas lu, dans le délai de sa place. Vous pouvez la confier à un autre expert, ou clore la lecture.",
            Some("Fin du délai"),
        ),
        Kind::PanelRevealed => say(
            "Lectures dévoilées",
            "La lecture à plusieurs de ce cas est terminée ; les lectures sont dévoilées.",
            None,
        ),
        Kind::PositionAsked => say(
            "Avis d’une lecture à plusieurs à contresigner",
            "L’avis sur ce cas, que vous avez lu à plusieurs, est signé. Contresignez-le, ou dites en quoi vous êtes en désaccord.",
            None,
        ),
        Kind::Dissent => say(
            "Désaccord avec l’avis",
            "Un lecteur de ce cas a signé son désaccord avec l’avis ; ses raisons sont sur la page du cas.",
            None,
        ),
        Kind::OnCall => say(
            "Vous êtes d’astreinte",
            "Votre coordinateur vous a mis d’astreinte. Pendant les heures d’astreinte du réseau, les cas urgents vous sont proposés ; la durée figure sur votre page.",
            Some("À partir de"),
        ),
        Kind::TriageNeeded => say(
            "Un cas attend votre tri",
            "Un nouveau cas attend d’être orienté.",
            None,
        ),
        Kind::Unrouted => say(
            "Aucun expert disponible",
            "Aucun expert ne remplit les conditions pour ce cas ; les raisons sont dans la file.",
            None,
        ),
        Kind::DailyDigest => say("File du jour", "Voici l’état de votre file.", None),
        Kind::Summary => say(
            "Résumé du jour",
            "Voici ce qui s’est passé depuis le dernier résumé, parmi ce que vous avez choisi de lire une fois par jour.",
            None,
        ),
        Kind::Invitation => say(
            "Votre accès à Relecture",
            "Un compte a été créé pour vous dans Relecture. Choisissez votre mot de passe pour y entrer.",
            Some("Lien valable jusqu’au"),
        ),
        Kind::Recovery => say(
            "Choisir un nouveau mot de passe",
            "Un nouveau mot de passe a été demandé pour votre compte. Si ce n’est pas par vous, ignorez ce message : rien ne change.",
            Some("Lien valable jusqu’au"),
        ),
        Kind::PasswordChanged => say(
            "Votre mot de passe a été changé",
            "Le mot de passe de votre compte vient d’être changé. Si ce n’est pas par vous, prévenez sans attendre votre administrateur.",
            None,
        ),
        Kind::WebhookStopped => say(
            "Un webhook a été arrêté",
            "Un logiciel que vous faites prévenir des événements ne répond plus, ou demande qu’on ne lui envoie plus rien ; les envois vers lui sont arrêtés. Une fois qu’il répond, réactivez-le et renvoyez ce qu’il n’a pas accepté.",
            Some("Arrêté"),
        ),
    }
}

/// English.
pub(super) fn english(kind: Kind) -> Sentences {
    match kind {
        Kind::Offer => say(
            "A case is offered to you",
            "A case is offered to you for a second opinion.",
            Some("Please answer before"),
        ),
        Kind::OfferReminder => say(
            "Reminder: a case awaits your answer",
            "The case that was offered to you still awaits your answer.",
            Some("Unanswered, it will be offered to another expert"),
        ),
        Kind::OfferExpired => say(
            "Offer expired",
            "The offer was not answered; the case is being offered to another expert. There is nothing for you to do.",
            None,
        ),
        Kind::CaseLeft => say(
            "This case is no longer with you",
            "This case was withdrawn, taken over or redirected, or a colleague who was ready first reads it. There is nothing for you to do.",
            None,
        ),
        Kind::Warning => say(
            "Due soon",
            "The answer to this case is expected soon.",
            Some("Due"),
        ),
        Kind::Breach => say(
            "Overdue",
            "The answer to this case is late.",
            Some("Was due"),
        ),
        Kind::Receipt => say(
            "Request received",
            "Your request for a second opinion has been received and passed on.",
            None,
        ),
        Kind::Question => say(
            "A question for you",
            "Your request for a second opinion waits for something from you; its clock stands still until then.",
            None,
        ),
        Kind::AnswerReceived => say(
            "What you waited for has arrived",
            "What you waited for on this case has arrived; its clock runs again.",
            None,
        ),
        Kind::PartReceived => say(
            "One thing has arrived, another is awaited",
            "Part of what you waited for on this case has arrived; the rest is still awaited, and its clock stands still.",
            None,
        ),
        Kind::MaterialSent => say(
            "Material is on its way",
            "Material was sent to you for this case; its clock stands still until somebody confirms that it has arrived.",
            None,
        ),
        Kind::PreliminaryReady => say(
            "Preliminary opinion available",
            "A preliminary opinion can be read. It may still change before it is signed.",
            None,
        ),
        Kind::OpinionReady => say(
            "Signed opinion available",
            "The signed opinion can be read. Please acknowledge it.",
            None,
        ),
        Kind::OpinionChanged => say(
            "An opinion was completed or changed",
            "A new signed version of the opinion can be read. Please acknowledge it.",
            None,
        ),
        Kind::EarlierOpinionChanged => say(
            "An earlier opinion was completed or changed",
            "A new signed version of an earlier opinion on this case can be read.",
            None,
        ),
        Kind::CaseRefused => say(
            "Request refused",
            "The expert network could not take your request. The reason stands in the case.",
            None,
        ),
        Kind::Reopened => say(
            "Case reopened by the expert",
            "The expert has reopened this case for a new opinion. The reason stands in the case.",
            None,
        ),
        Kind::WithdrawalAgreed => say(
            "Withdrawal agreed",
            "Your withdrawal was agreed to; the case has ended without a signed opinion.",
            None,
        ),
        Kind::Feedback => say(
            "Feedback from the submitter",
            "The submitter has answered your opinion or told the outcome.",
            None,
        ),
        Kind::WithdrawalRequested => say(
            "Withdrawal requested",
            "The submitter asks to take this case back, with your agreement.",
            None,
        ),
        Kind::PanelInvitation => say(
            "You are asked to read on a panel",
            "A seat on the panel that reads this case is offered to you. Each reads without knowing what the others read.",
            Some("Please answer before"),
        ),
        Kind::SeatReminder => say(
            "Reminder: a panel waits for you",
            "Your seat on the panel that reads this case still waits for your answer, or for your reading.",
            Some("Without it your seat may be offered to another expert"),
        ),
        Kind::SeatFreed => say(
            "Your seat on a panel was taken back",
            "Your seat on the panel that reads this case is yours no more: its time was over, or you cannot read this case.",
            None,
        ),
        Kind::ReaderLeft => say(
            "A seat on a panel is free",
            "A seat on the panel that reads this case is free; you can give it to another expert, or close the panel.",
            None,
        ),
        Kind::ReaderReplaced => say(
            "A reader of a panel was replaced",
            "A seat on the panel that reads this case was taken back and offered to another expert.",
            None,
        ),
        Kind::SeatLate => say(
            "A panel is late",
            "A reader has not answered, or not read, within the time of their seat. You can give it to another expert, or close the panel.",
            Some("End of its time"),
        ),
        Kind::PanelRevealed => say(
            "The readings lie open",
            "The panel has read this case; its readings lie open.",
            None,
        ),
        Kind::PositionAsked => say(
            "A panel’s opinion awaits your signature",
            "The opinion on this case, which you read on its panel, is signed. Sign it too, or say why you dissent.",
            None,
        ),
        Kind::Dissent => say(
            "A reader dissents from the opinion",
            "A reader of this case has signed that they dissent from the opinion; why stands on the page of the case.",
            None,
        ),
        Kind::OnCall => say(
            "You are on call",
            "Your coordinator has put you on call. In the pool’s on-call hours urgent cases are offered to you; until when stands on your page.",
            Some("From"),
        ),
        Kind::TriageNeeded => say(
            "A case awaits your triage",
            "A new case waits to be directed.",
            None,
        ),
        Kind::Unrouted => say(
            "No expert available",
            "No expert is eligible for this case; the reasons stand in the queue.",
            None,
        ),
        Kind::DailyDigest => say("Today’s queue", "This is how your queue stands.", None),
        Kind::Summary => say(
            "Your daily summary",
            "This is what has happened since the last summary, of what you chose to read once a day.",
            None,
        ),
        Kind::Invitation => say(
            "Your access to Relecture",
            "An account was made for you in Relecture. Choose your password to enter.",
            Some("The link is good until"),
        ),
        Kind::Recovery => say(
            "Choose another password",
            "Another password was asked for your account. If it was not by you, pass over this message: nothing changes.",
            Some("The link is good until"),
        ),
        Kind::PasswordChanged => say(
            "Your password was changed",
            "The password of your account has just been changed. If it was not by you, tell your administrator at once.",
            None,
        ),
        Kind::WebhookStopped => say(
            "A webhook was stopped",
            "A system that you have told of events does not answer any more, or asks to be sent nothing more; nothing is sent to it now. Once it answers, switch it on again and send again what it did not take.",
            Some("Stopped"),
        ),
    }
}
