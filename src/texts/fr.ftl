# French. The same keys as en.ftl, which a test holds.

# Where a case stands
state-draft = Brouillon
state-submitted = Envoyé
state-offered = Proposé
state-accepted = En lecture
state-signed = Avis signé
state-acknowledged = Avis reçu
state-closed = Clos
state-withdrawn = Retiré
state-refused = Refusé
waiting-triage = À orienter
waiting-routing = Recherche d’expert
waiting-candidate = Sans expert
initial-formal = Diagnostic posé
initial-provisional = Diagnostic provisoire
initial-none = Pas de diagnostic
sex-female = Féminin
sex-male = Masculin
sex-other = Autre
sex-unknown = Inconnu
decline-conflict-of-interest = Conflit d’intérêts
decline-absent = Absent
decline-overloaded = Trop de cas en cours
decline-out-of-scope = Hors de mon domaine
decline-needs-glass = Lame de verre ou bloc nécessaire
refusal-out-of-scope = Hors du champ du réseau
refusal-quality = Lames illisibles
refusal-duplicate = Déjà demandé
refusal-wrong-patient = Mauvais patient
takeover-absence = L’expert est absent
takeover-no-answer = L’expert ne répond pas
takeover-overload = L’expert a trop de cas
takeover-conflict-of-interest = Conflit d’intérêts
takeover-on-request = À la demande de l’expert
information-clinical-data = Renseignements cliniques
information-better-scan = Meilleure numérisation
information-more-slides = Autres lames ou niveaux
information-stain = Coloration supplémentaire
information-block = Bloc de paraffine
information-prior-report = Compte rendu antérieur
information-other = Autre
ancillary-immunohistochemistry = Immunohistochimie
ancillary-special-stain = Coloration spéciale
ancillary-in-situ-hybridisation = Hybridation in situ
ancillary-molecular = Biologie moléculaire
acknowledgement-agrees = D’accord avec l’avis
acknowledgement-integrated = Intégré à mon compte rendu
acknowledgement-noted = Lu, je réserve mon jugement
verdict-expert-right = L’évolution confirme l’expert
verdict-submitter-right = L’évolution confirme le requérant
verdict-both-right = L’évolution confirme les deux
verdict-neither-right = L’évolution ne confirme aucun des deux
verdict-undetermined = L’évolution ne permet pas de conclure
concordance-concordant = Concordant
concordance-minor-discordance = Discordance mineure (sans effet sur la prise en charge)
concordance-major-discordance = Discordance majeure (change la prise en charge)
concordance-not-assessable = Non évaluable
opinion-preliminary = Avis préliminaire
opinion-opinion = Avis signé
opinion-addendum = Complément
opinion-correction = Correction
opinion-amendment = Conclusion modifiée
role-submitter = Requérant
role-expert = Expert
role-coordinator = Coordinateur
role-auditor = Auditeur
role-administrator = Administrateur
relation-submitter = requérant
relation-holder = expert
relation-signer = expert signataire
relation-former-signer = ancien expert signataire
relation-coordinator = coordination
relation-auditor = audit
relation-system = automatique
rule-pool-covers-territory = Le réseau ne couvre pas ce territoire
rule-pool-covers-subspecialty = Le réseau ne couvre pas cette sous-spécialité
rule-reads-subspecialty = Ne lit pas cette sous-spécialité
rule-not-absent = Absent
rule-below-capacity = Capacité atteinte
rule-other-laboratory = Même laboratoire que le requérant
rule-not-the-submitter = Est le requérant
rule-shares-language = Pas de langue commune
rule-not-tried-before = A déjà rendu ce cas ou laissé passer l’offre
rule-has-working-time = Pas de temps de lecture prévu
rule-not-excluded = Exclu de ce cas par un coordinateur
instruction-pin = Réservé
instruction-exclude = Exclu
case-instructions = Décisions du coordinateur
rule-not-pinned = Réservé par un coordinateur à un autre expert
urgency-intra-operative = Extemporané
urgency-urgent = Urgent
urgency-routine = Programmé
pause-information = Réponse du requérant attendue
pause-ancillary = Technique complémentaire en cours
pause-transit = Matériel en transit
pause-slides-unavailable = Lames indisponibles

# What can be done: on buttons
command-save-draft = Modifier
command-submit = Envoyer le cas
command-triage = Orienter
command-offer = Proposer à un expert
command-mark-unrouted = Signaler sans expert
command-move = Transmettre à un autre expert
command-escalate = Relancer un cas que personne n’ouvre
command-claim = Donner à qui est prêt à lire
command-accept = Accepter
command-decline = Décliner
command-expire = Laisser expirer
command-pin = Réserver à un expert
command-exclude = Exclure un expert
command-lift = Lever une réserve ou une exclusion
command-take-over = Reprendre à l’expert
command-redirect = Transférer à un autre réseau
command-request-information = Poser une question
command-answer = Répondre
command-order-ancillary = Demander une technique
command-complete-ancillary = Technique réalisée
command-send-material = Envoyer du matériel
command-receive-material = Matériel reçu
command-report-slides-unavailable = Lames impossibles à ouvrir
command-restore-slides = Lames de nouveau lisibles
command-withdraw = Retirer la demande
command-request-withdrawal = Demander le retrait
command-agree-withdrawal = Accepter le retrait
command-refuse = Refuser le cas
command-save-opinion = Rédiger l’avis
command-release-preliminary = Communiquer un avis préliminaire
command-sign = Signer l’avis
command-acknowledge = Accuser réception
command-contest = Contester la concordance
command-record-outcome = Saisir l’évolution
command-close = Clore le cas
command-add-addendum = Ajouter un complément
command-correct = Corriger
command-amend = Modifier la conclusion
command-reopen = Rouvrir

# What was done: in the timeline
done-save-draft = Brouillon enregistré
done-submit = Cas envoyé
done-triage = Cas orienté
done-offer = Proposé à un expert
done-mark-unrouted = Aucun expert trouvé
why-own-queue = de sa propre file
why-idle-steal = sa file était vide, le cas attendait un autre expert
why-unrouted = aucun expert ne l’avait
done-move = Transmis à un autre expert
done-escalate = Relancé par la plateforme
why-absence = l’expert est absent jusqu’à la fin de la proposition
done-claim = Donné à un expert prêt à lire
done-accept = Accepté
done-decline = Décliné
done-expire = Proposition expirée
done-pin = Réservé à un expert
done-exclude = Expert exclu
done-lift = Réserve ou exclusion levée
why-pinned = un coordinateur réserve le cas à un autre expert
why-excluded = un coordinateur a exclu l’expert
done-take-over = Repris à l’expert
done-redirect = Transféré à un autre réseau
done-request-information = Question posée au requérant
done-answer = Réponse du requérant
done-order-ancillary = Technique demandée
done-complete-ancillary = Technique réalisée
done-send-material = Matériel envoyé
done-receive-material = Matériel reçu
done-report-slides-unavailable = Lames signalées indisponibles
done-restore-slides = Lames de nouveau lisibles
done-withdraw = Demande retirée
done-request-withdrawal = Retrait demandé
done-agree-withdrawal = Retrait accepté
done-refuse = Cas refusé
done-save-opinion = Avis enregistré
done-release-preliminary = Avis préliminaire communiqué
done-sign = Avis signé
done-acknowledge = Réception accusée
done-contest = Concordance contestée
done-record-outcome = Évolution saisie
done-close = Cas clos
done-add-addendum = Complément ajouté
done-correct = Avis corrigé
done-amend = Conclusion modifiée
done-reopen = Cas rouvert
guard-complete = il manque des éléments
guard-held-for-triage = le cas n’attend pas d’orientation
guard-released = le cas attend d’être orienté
guard-expert-eligible = les règles écartent cet expert
guard-offer-expired = la proposition court encore
guard-other-network = c’est déjà ce réseau, ou aucun accord ne le permet
guard-request-open = rien de tel n’est attendu
guard-stains-allowed = le requérant n’a pas autorisé de technique
guard-block-allowed = le requérant n’a pas autorisé l’envoi du bloc
guard-slides-unavailable = les lames ne sont pas signalées indisponibles
guard-slides-available = les lames sont déjà signalées indisponibles
guard-withdrawal-requested = le requérant n’a pas demandé le retrait
guard-withdrawal-not-requested = le retrait est déjà demandé
guard-opinion-complete = l’avis n’est pas complet
guard-diagnosis-given = il n’y a pas de diagnostic initial à comparer

# Everywhere
product = Relecture
skip = Aller au contenu
nav = Navigation principale
nav-worklist = Liste
nav-new = Nouveau cas
nav-next = Cas suivant
nav-experts = Experts
nav-figures = Délais
nav-profile = Mon profil
nav-letters = Messages en échec
nav-help = Clavier
log-out = Se déconnecter
footer = Relecture 0.1, en construction ; n’est pas un dispositif médical certifié.
back-to-list = Retour à la liste
choose = Choisir…
any = Tous
optional = facultatif
none-given = non précisé
slides =
    { $n ->
        [one] { $n } lame
       *[other] { $n } lames
    }
problems =
    { $n ->
        [one] { $n } point est à corriger
       *[other] { $n } points sont à corriger
    }

# Login
login-title = Connexion
login-lead = Second avis en anatomie pathologique, entre laboratoires et experts.
login-name = Identifiant
login-hint = Votre adresse électronique professionnelle
login-password = Mot de passe
login-submit = Se connecter
login-wrong = L’identifiant ou le mot de passe n’est pas le bon.
login-throttled = Trop d’essais. Réessayez dans { $n } s.
login-ended = Votre session a pris fin.
login-kept = Ce que vous avez saisi est gardé ci-dessous ; il sera envoyé quand vous vous serez connecté.
resume-title = Envoyer ce que vous aviez saisi
resume-lead = Vous êtes de nouveau connecté. Rien n’a été envoyé pendant ce temps.
resume-send = Envoyer maintenant

# Errors
error-title = Erreur
error-not-found = Cette page n’existe pas, ou elle ne vous est pas ouverte.
error-forbidden = Ceci est réservé à un autre rôle.
error-stale = Quelqu’un a modifié ce cas entre-temps. Votre saisie est gardée ci-dessous : relisez le cas, puis envoyez-la de nouveau.
error-refused = Ce n’est pas possible dans l’état actuel du cas : { $x }.
error-not-yours = cette action n’est pas la vôtre sur ce cas
error-state = le cas est « { $x } »
error-conflict = Ce n’est pas possible : quelque chose s’y oppose.
error-slide = La lame ne peut pas être lue sur le serveur du laboratoire pour l’instant. Votre travail est conservé : réessayez dans un moment, ou prévenez le laboratoire.
error-overloaded = Le serveur a trop à faire pour l’instant. Rien n’est perdu : réessayez dans un moment.
error-storage-full = Le serveur n’a plus de place : rien n’a été enregistré. Son exploitant doit en libérer. Réessayez ensuite.
error-internal = Une erreur est survenue de notre côté. Rien n’a été modifié. Référence : { $x }
error-forged = Ce formulaire ne vient pas d’une page de votre session. Rouvrez la page, puis recommencez.
error-too-large = C’est plus que ce qui peut être envoyé d’un coup.
error-cursor = Cette page de la liste n’existe plus.
error-reused = Cet envoi a déjà servi pour autre chose. Rouvrez la page, puis recommencez.
see-case = Voir le cas tel qu’il est

# Worklist
list-title-expert = Mes lectures
list-title-laboratory = Les cas de mon laboratoire
list-title-network = File du réseau
list-none = Vous n’avez pas de liste de cas.
list-scope = Liste affichée
scope-expert = Lectures
scope-laboratory = Demandes
scope-network = File
view-open = En cours
view-drafts = Brouillons
view-answered = Avis à lire
view-signed = Signés
view-triage = À orienter
view-unrouted = Sans expert
view-late = En retard
view-all = Tous
views = Vues
filter = Filtrer
filter-clear = Tout afficher
search = Rechercher
search-hint = Référence, mots de la question ou numéro d’examen
search-hint-queue = Référence ou mots de la question
urgency = Urgence
subspecialty = Sous-spécialité
territory = Territoire
column-due = Échéance
column-case = Cas
column-state = État
column-from = Laboratoire
column-expert = Expert
column-slides = Lames
no-question = (sans question)
empty-open = Aucun cas n’attend.
empty-filtered = Aucun cas ne correspond à ces critères.
empty-expert = Quand un cas vous sera proposé, il apparaîtra ici et un message vous préviendra.
empty-laboratory = Commencez par la question que vous posez.
empty-network = Tout est réparti.
more = Cas suivants
list-count =
    { $n ->
        [one] { $n } cas affiché
       *[other] { $n } cas affichés
    }
done-next-own-queue = Voici le cas le plus pressé de votre file. Il est à vous.
done-next-idle-steal = Votre file était vide : ce cas attendait un confrère, qui en est prévenu. Il est à vous.
done-next-unrouted = Ce cas n’avait pas encore d’expert. Il est à vous.
nothing-next = Aucun cas ne vous attend, ni chez vos confrères ni sans expert.

# Time
late-by = en retard de { $x }
due-in = dans { $x }
answer-before = répondre sous { $x }
clock-still = délai suspendu
span-minutes =
    { $n ->
        [one] { $n } min
       *[other] { $n } min
    }
span-hours =
    { $n ->
        [one] { $n } h
       *[other] { $n } h
    }
span-days =
    { $n ->
        [one] { $n } j
       *[other] { $n } j
    }
weekday-1 = lun.
weekday-2 = mar.
weekday-3 = mer.
weekday-4 = jeu.
weekday-5 = ven.
weekday-6 = sam.
weekday-7 = dim.
month-1 = janv.
month-2 = févr.
month-3 = mars
month-4 = avr.
month-5 = mai
month-6 = juin
month-7 = juil.
month-8 = août
month-9 = sept.
month-10 = oct.
month-11 = nov.
month-12 = déc.

# The style page
style-title = Couleurs, caractères, composants
style-lead = Ce dont les pages sont faites. Toute page nouvelle prend ici.
style-tokens = Couleurs
style-type = Caractères
style-marks = Marques
style-buttons = Boutons
style-fields = Champs
style-notices = Messages
style-ink = Encre
style-quiet = Discret
style-haematoxylin = Hématoxyline : ce qui se fait
style-eosin = Éosine : ce qui est en retard
style-amber = Bientôt en retard
style-leaf = Fait
style-field = Un champ
style-field-hint = Une aide tient en une ligne.
style-field-error = Une erreur se tient à côté de son champ.
style-first = Action principale
style-second = Autre action
style-grave = Action grave
style-notice = Pour information.
style-notice-warn = Demande attention.
style-notice-bad = Quelque chose n’est pas passé.
style-notice-good = C’est fait.

# Keyboard
keys-title = Clavier
keys-lead = Les lettres seules agissent quand aucun champ n’est en cours de saisie.
keys-on = Raccourcis d’une lettre actifs
keys-next = Cas suivant (expert)
keys-new = Nouveau cas (requérant)
keys-list = Liste
keys-search = Rechercher
keys-down = Ligne suivante
keys-up = Ligne précédente
keys-open = Ouvrir la ligne
keys-send = Envoyer le formulaire
keys-help = Cette page
keys-key = Touche
keys-does = Effet
keys-accept = Accepter le cas affiché
keys-write = Rédiger l’avis
keys-magnify = Lame : grossissement de 1,25× à 40×
keys-zoom = Lame : agrandir, réduire
keys-whole = Lame entière
keys-fields = Lame : se déplacer ; avec Maj, d’un champ exactement
keys-slides = Lame précédente, lame suivante
keys-turn = Lame : tourner à droite, à gauche, remettre droite
keys-measure = Lame : distance, surface, effacer la dernière ; Entrée pose un point au centre
keys-count = Lame : cercle du champ, compter le champ, une mitose de plus, de moins
keys-light = Lame : vue allégée pour les lignes lentes, ou original
keys-together = Deux lames : bouger ensemble

# A case
cancel = Annuler
other-actions = Autres actions
case-question = Question posée
case-initial = Diagnostic du requérant
case-context = Contexte clinique
case-macroscopy = Macroscopie
case-work-done = Techniques déjà faites
case-slides = Lames
case-about = Le cas
case-requests = Demandes au cours de la lecture
case-clock = Délai
case-patient = Patient
case-timeline = Chronologie
case-from = Laboratoire
case-submitter = Requérant
case-network = Réseau
case-expert = Expert
case-allowed = Autorisé d’avance
case-diaginter = Numéro DIAGinter
case-after = Suites
case-acknowledged = Accusé de réception
case-contested = Concordance contestée
case-outcome = Évolution
allow-stains = Techniques complémentaires
allow-block = Envoi d’un bloc
allow-panel = Lecture à plusieurs
allow-nothing = rien
patient-accession = Numéro d’examen
patient-sex = Sexe
patient-birth-year = Année de naissance
patient-ins = INS
warning-diaginter-number-missing = Il manque le numéro DIAGinter, dont dépend la prise en charge.
request-open = attendu
request-closed = reçu
block = Bloc { $x }
version = version { $n }
cycle = { $n }e demande sur ce cas
remaining-working = Reste { $x } de temps ouvré
remaining-wall = Reste { $x }
elapsed = Écoulé : { $x }
why-expert = Pourquoi cet expert
chosen = choisi
column-answer = Réponse prévue
column-work = Lu en 90 j
column-against = Écarté par
expert-elsewhere = Expert d’un autre réseau
experts-elsewhere =
    { $n ->
        [one] { $n } expert d’autres réseaux
       *[other] { $n } experts d’autres réseaux
    }
unrouted-title = Aucun expert ne peut recevoir ce cas
unrouted-considered =
    { $n ->
        [one] { $n } expert examiné
       *[other] { $n } experts examinés
    }
away-until = absent jusqu’au { $x }
one-per-line = Un par ligne
label-urgency = Urgence
label-subspecialty = Sous-spécialité
label-expert = Expert
label-next-expert = Le confier à
label-reason = Motif
label-comment = Précisions (sans identité du patient)
label-network = Réseau
label-kind = Nature
label-question = Question
label-request = En réponse à
label-reply = Réponse
label-receive-reply = Remarque
label-complete-reply = Résultat, lames ajoutées
label-detail = Marqueurs, bloc, question
label-items = Ce qui est envoyé
label-carrier = Transporteur
label-tracking = Numéro de suivi
label-acknowledgement = Ce que vous en faites
label-verdict = Ce que l’évolution montre
label-text = Ce qui le montre

# What is wrong with a field
field-required = À remplir.
field-too-long = Au plus { $n }.
field-too-few = Au moins { $n }.
field-malformed = N’a pas la forme attendue.
field-unknown = Inconnu ici.
field-not-in-table = Ce code n’est pas dans la table. Choisissez un code proche, ou videz ce champ : la conclusion dit le diagnostic.
field-future = Est dans l’avenir.
field-range = Entre { $x }.
field-must-be-true = Nécessaire pour envoyer le cas.
field-nothing-to-compare = Le requérant n’a pas donné de diagnostic : non évaluable.
field-contradicts = Les codes ADICAP désignent deux lésions : l’avis n’est pas concordant.
field-wrong-password = Ce n’est pas votre mot de passe.
field-duplicate = Donné deux fois.
field-slide-unreadable = La lame ne peut pas être lue ({ $x }). Corrigez le lien, ou dites pourquoi le cas part sans elle.
field-control = Contient des caractères de contrôle.
field-not-here = Ne se donne pas ici.
failure-not-checked = pas encore vérifiée
failure-source-unreachable = le serveur de lames ne répond pas
failure-timeout = le serveur de lames n’a pas répondu à temps
failure-refused-credentials = le serveur de lames refuse l’accès
failure-not-found = le serveur ne connaît pas cette lame
failure-not-an-image = ce n’est pas une image
failure-not-a-whole-slide-image = ce n’est pas une lame entière
failure-malformed = la description de la lame est illisible
failure-too-large = la réponse du serveur est trop grande
failure-address-refused = cette adresse n’est pas autorisée
failure-redirect-refused = le serveur renvoie ailleurs
failure-server-error = le serveur de lames est en panne
failure-implausible-dimensions = des dimensions impossibles pour une lame
failure-source-paused = le serveur de lames a échoué plusieurs fois de suite
failure-source-busy = le serveur de lames a trop de demandes

# The opinion
concordance = Concordance avec le requérant
stamp-pending = horodatage en attente
stamp-at = horodaté le { $x }
opinion-reason = Motif de cette version
opinion-field-conclusion = Conclusion
opinion-field-clinical-information = Renseignements cliniques retenus
opinion-field-macroscopy = Macroscopie
opinion-field-microscopy = Microscopie
opinion-field-ancillary-studies = Techniques complémentaires
opinion-field-comment = Commentaire
opinion-field-recommendation = Recommandations
opinion-field-limits = Limites, qualité des images
opinion-field-adicap = Code ADICAP
opinion-field-topography = Topographie CIM-O-3
opinion-field-morphology = Morphologie CIM-O-3
code-hint-adicap = Un code, son début ou des mots : « BHGS », « sein ».
code-hint-topography = Un code ou des mots : « C50.9 », « sein ».
code-hint-morphology = Un code avec son comportement, ou des mots : « 8500/3 », « carcinome lobulaire ».
code-near = Codes proches
code-nothing-near = Aucun code proche. La conclusion dit le diagnostic en toutes lettres.
opinion-field-references = Références
opinion-field-technical-incidents = Incidents techniques
confidence = Degré de certitude
confidence-high = Élevé : un examen complémentaire n’y changerait guère
confidence-moderate = Moyen : un examen complémentaire peut le préciser
confidence-low = Faible : un examen complémentaire peut le renverser
slides-consulted = Lames effectivement consultées
ai-title = Assistance par intelligence artificielle
ai-hint = Ne rien remplir si aucun outil n’a été utilisé : l’avis le déclare.
ai-none = Aucune
ai-tool = Outil et fabricant
ai-version = Version
ai-intended-use = Destination annoncée par le fabricant
ai-effect = Ce que l’outil a changé dans la lecture
ai-ce-marked = Marquage CE pour cet usage
ai-not-ce-marked = Sans marquage CE pour cet usage
save-draft = Enregistrer le brouillon
sign-hint = Un avis signé ne change plus : il peut être complété, corrigé ou modifié par une nouvelle version.
sign-password = Votre mot de passe, pour signer
sign-password-hint = Il prouve que vous êtes là : il est demandé à chaque signature et n’est pas gardé avec le brouillon.
kept-at = Brouillon enregistré à { $x }
kept-in-part = Brouillon enregistré à { $x }, sans ce qui n’est pas lisible (lien d’une lame, date)
kept-logged-out = La session est terminée : la saisie reste dans cette page. Enregistrez pour vous reconnecter sans rien perdre.
kept-offline = Le serveur ne répond pas : la saisie est gardée dans ce navigateur et sera enregistrée au retour du réseau.
earlier-lead = Ce cas a peut-être déjà été soumis :
earlier-number = même numéro d’examen
earlier-slide = même lame
earlier-look = Rien n’est envoyé : un cas antérieur ressemble à celui-ci. Regardez-le plus bas, puis envoyez de nouveau s’il s’agit d’une autre question.
kept-elsewhere = Ce navigateur garde une saisie qui n’a pas été enregistrée, commencée sur une version antérieure.
kept-take = Reprendre cette saisie

# A new case
edit-title = Brouillon
edit-question = Que voulez-vous savoir ?
edit-question-hint = En une ou deux phrases, sans nom de patient.
edit-initial = Votre diagnostic
edit-initial-text = Diagnostic en mots
edit-adicap = Code ADICAP (facultatif)
edit-slides-hint = Collez l’adresse de chaque lame sur votre serveur. Une ligne sans bloc continue le bloc du dessus.
edit-source = Votre serveur :
edit-slide = Lame { $n }
edit-more-slide = Prélèvement, lame illisible
edit-readable = Lisible
edit-check = Vérifier les lames
edit-more-rows = Enregistrer et ajouter des lignes
edit-context-title = Contexte
edit-context-hint = Histoire, imagerie, traitement : ce que la lecture demande, sans identité.
edit-work-hint = Une technique par ligne, son résultat après deux-points.
edit-patient-hint = Le strict nécessaire. Ces données sont chiffrées et ne quittent pas le dossier.
edit-ins-hint = Seulement si votre réseau l’exige
edit-informed = Le patient a été informé de la demande d’avis
edit-non-opposition = et ne s’y oppose pas
edit-date = Le
edit-diaginter-hint = La prise en charge en dépend
edit-urgency-title = Urgence et autorisations
edit-urgency-reason = Pourquoi c’est urgent
edit-after = Le cas est proposé à un expert du réseau ; un message vous prévient quand il pose une question ou signe son avis.
link-unknown = Cette adresse n’est sur aucun serveur de lames de votre laboratoire.
slide-link = Adresse de la lame
slide-label = Nom de la lame
slide-stain = Coloration
slide-block = Bloc
slide-specimen = Prélèvement
slide-site = Localisation
slide-procedure = Type de prélèvement
slide-excuse = Si elle ne peut pas être lue : pourquoi l’envoyer quand même

# A person's own page
profile-roles = Rôles
profile-clock = Heures affichées
profile-reading = Mes lectures
profile-primary = Sous-spécialité principale
profile-others = Je lis aussi
profile-capacity = Cas à la fois
profile-capacity-hint = De 0 (aucun pour l’instant) à 50
profile-languages = Langues
profile-languages-hint = Codes à deux lettres : fr en
profile-zone = Fuseau de travail
profile-hours = Heures de lecture
profile-hours-hint = Par exemple 8h-12h, 13h30-18h ; vide quand vous ne lisez pas.
profile-save = Enregistrer
profile-stale = Ce profil a été modifié dans une autre fenêtre. Votre saisie est gardée ci-dessous : relisez-la, puis enregistrez de nouveau.
profile-load = Ma charge
profile-open = Cas en cours, sur la capacité
profile-minutes = Lecture prévue
profile-work = Mes lectures en 90 jours, part de mes heures
profile-work-median =
    { $n ->
        [one] Médiane du réseau ({ $n } expert)
       *[other] Médiane du réseau ({ $n } experts)
    }
work-hint = Lames et colorations de ce qui a été signé. Entre des réponses attendues presque en même temps, un cas va à qui a la plus petite part.
profile-figures = Mes délais sur un an
profile-no-figures = Aucun avis signé dans l’année.
figures-all = Ensemble
figures-within = Dans le délai
figures-median = Médiane
figures-p90 = 90 % en moins de
figures-hint = Temps ouvré du réseau, de l’envoi à la signature.
field-hours = Des heures deux à deux, dans l’ordre : 8h-12h, 14h-18h.
absences = Absences
absences-none = Aucune absence prévue.
absence-now = en cours
absence-from = Du
absence-until = Au (inclus)
absence-hint = Jours entiers, heure de { $x }. Aucun cas ne vous est proposé pendant ce temps ; ceux qui attendent vont à un autre expert.
absence-add = Ajouter une absence
absence-order = Le dernier jour ne peut être ni passé, ni avant le premier, ni plus d’un an après.
absence-remove = Supprimer l’absence : { $x }
remove = Supprimer
done-profile = Profil enregistré
done-absence = Absence enregistrée
done-present = Absence supprimée

# The experts of a pool, for its coordinator
experts-none = Ce réseau n’a aucun expert.
experts-week = Heures et absences
experts-week-said = Une ligne par expert : ses heures de lecture, ses absences et les échéances de ses cas, sur un même axe de temps. Les tableaux qui suivent disent la même chose en mots.
experts-clocks = Jours à l’heure de : { $x }
experts-load = Charge
experts-reading = Lecture prévue / heures de ces jours
experts-work = Lectures en 90 jours, part des heures
experts-worries = En retard ou en passe de l’être
experts-table = Heures et absences en tableau
week-before = Semaine d’avant
week-today = Aujourd’hui
week-after = Semaine d’après
key-hours = Heures de lecture
key-away = Absence
key-pool = Heures du réseau
key-late = Échéance passée
key-risk = Échéance menacée
key-due = Échéance
load-away = absent jusqu’à { $x }
load-over = au-delà de la capacité
load-full = complet
load-hours = plus de lecture que d’heures
day-away = absent
risk-late = en retard
risk-no-expert = aucun expert possible
risk-expert-away = l’expert revient après l’échéance
risk-expected-late = réponse attendue après l’échéance
risk-not-accepted = pas encore accepté
risk-not-triaged = pas encore orienté
assign-pick = Sélectionner { $x }
assign-expert = Réserver la sélection à
assign-do = Réserver
assign-none = Aucun cas n’est sélectionné.
assign-kept =
    { $n ->
        [0] Aucun cas n’a pu être réservé.
        [one] { $n } cas est réservé ; pas ceux-ci :
       *[other] { $n } cas sont réservés ; pas ceux-ci :
    }
assign-stale = quelqu’un l’a modifié entre-temps
keys-pick = Sélectionner la ligne (coordinateur)
keys-pin = Choisir l’expert à qui réserver la sélection (coordinateur)
keys-experts = Experts (coordinateur)
keys-figures = Délais (coordinateur)
figures-month = Mois
figures-from = Avis signés du
figures-to = au (inclus)
figures-truncated = La période compte plus de 20 000 avis : seuls les premiers sont comptés.
figures-answered =
    { $n ->
        [one] { $n } avis signé
       *[other] { $n } avis signés
    }
figures-export = Exporter (CSV)
figures-export-hint = Le fichier est séparé par des points-virgules, avec des virgules décimales ; il ne contient ni cas ni patient.
figures-cases = Cas
figures-plot-said = Pour chaque groupe, un point à la médiane et une barre jusqu’où neuf avis sur dix sont rendus, en heures ouvrées. Le tableau qui suit dit la même chose.
figures-agreement = Concordance avec les requérants
figures-initial = Diagnostic du requérant
figures-not-coded = Non codé
figures-experts = Répartition entre experts
figures-share = Part des avis
figures-capacity = Part de la capacité
figures-declines = Cas rendus par les experts
figures-none = Aucun avis n’a été signé dans cette période.
percent = { $x } %
csv-by = Par
csv-name = Groupe
csv-also = Précision
csv-within = Dans le délai
csv-median = Médiane (heures ouvrées)
csv-p90 = 90 % (heures ouvrées)
csv-elapsed-median = Médiane (heures)
csv-elapsed-p90 = 90 % (heures)

# The report of an opinion on paper
report-file = Compte rendu (PDF)
report-foot = Avis signé, empreinte SHA-256 { $x }…
report-code = Code à scanner qui mène à { $x }, la page qui vérifie cet avis
report-again = Le cas a été rouvert : cet avis vient après la version { $n }, ci-dessous, et ne l’efface pas.
report-addendum = Ce complément s’ajoute à la version { $n }, qui reste à lire avec lui.
report-correction = Cette correction remplace la version { $n } : elle répare une erreur qui ne change pas le diagnostic.
report-amendment = Cette version modifie la conclusion de la version { $n }, qu’elle remplace.
report-initial = Diagnostic reçu du requérant
report-slides = Lames du cas
report-slide-consulted = consultée, déclare l’expert
report-slide-not-declared = non déclarée comme consultée
report-slide-unreadable = illisible à distance au moment de la signature
report-versions = Versions
report-latest = Ce document ne connaît que les versions qui précèdent la sienne. La page de vérification dit s’il en existe une plus récente.
report-proof = Vérifier cet avis
report-how = Ouvrez l’adresse ci-dessous ou scannez le code, puis donnez ce fichier PDF : la page dit ce qui a été vérifié.
report-what = Ce qui est signé est le fichier opinion.json joint à ce PDF, et non ses pages. Un lecteur de PDF le montre parmi les pièces jointes ; toute bibliothèque JOSE le vérifie sans ce serveur.
report-limits = Signature électronique avancée au mieux (JAdES, ETSI TS 119 182-1), jamais qualifiée. Le patient n’est pas nommé : la référence du cas le désigne au laboratoire demandeur.
report-authority = Autorité de signature

# The page that verifies a signed opinion
signed-file = Fichier signé
signed-bundle = Dossier de preuve (ZIP)
verify-title = Vérifier un avis signé
verify-lead = Cette page dit si un fichier est bien un avis tel qu’il a été signé ici. Elle ne demande pas de compte et ne garde rien.
verify-file = Le fichier signé
verify-hint = Déposez le fichier opinion.json ici, ou collez son contenu.
verify-submit = Vérifier
verify-empty = Aucun fichier n’a été donné.
verify-holds = Cet avis est tel qu’il a été signé.
verify-fails = Ce fichier n’est pas un avis tel qu’il a été signé ici.
verify-checks = Ce qui a été vérifié
verify-ok = Conforme
verify-failed = Non conforme
verify-limits = La date est celle que le serveur a déclarée ; la signature est avancée au mieux, jamais qualifiée. Vérifiez aussi que vous êtes bien sur l’adresse de votre réseau.
verify-case = Cas
verify-asked-by = Demandé par
verify-signed-by = Signé par
verify-signed-at = Signé le
verify-version = Version
verify-stamped = Horodaté le
verify-follows = Fait suite au fichier dont l’empreinte SHA-256 est
verify-document = Ou le compte rendu PDF
verify-document-hint = Le fichier PDF tel qu’il a été téléchargé.
verify-pages = L’avis joint est tel qu’il a été signé, mais les pages du PDF ne sont pas celles que ce serveur en imprime : fiez-vous à l’avis joint, pas aux pages.
verify-later = Une version plus récente de cet avis a été signée : { $x }. Demandez-la.
check-attachment = L’avis signé est joint au PDF, entier.
check-chain = Les versions qu’il suit sont jointes, et chacune désigne la précédente.
check-pages = Les pages du PDF sont, octet pour octet, celles que ce serveur imprime de l’avis joint.
check-failed-attachment = Aucun avis signé n’est joint au PDF, ou il ne peut en être extrait.
check-failed-chain = Une version manque, ou n’est pas celle que la suivante désigne.
check-failed-pages = Les pages du PDF ne sont pas celles que ce serveur imprime de l’avis joint.
check-file = Le fichier est un document signé.
check-header = Son en-tête est d’une forme connue.
check-certificate = Le certificat est celui que l’en-tête annonce.
check-signature = La signature est celle de ces octets, par cette clé : rien n’a changé depuis.
check-authority = L’autorité de cette plateforme a certifié la clé.
check-validity = Les certificats étaient valables à la date de la signature.
check-statement = Ce qui est signé est un avis, complet et sous sa forme unique.
check-timestamp = L’horodatage, s’il y en a un, est celui de cette signature.
check-failed-file = Le fichier n’est pas un document signé, ou il a été tronqué ou modifié.
check-failed-header = L’en-tête a été modifié, ou n’est pas d’une forme connue.
check-failed-certificate = Le certificat n’est pas celui que l’en-tête annonce.
check-failed-signature = La signature n’est pas celle de ce contenu : l’un des deux a été modifié.
check-failed-authority = La clé n’a pas été certifiée par l’autorité de cette plateforme.
check-failed-validity = Un certificat n’était pas valable à la date de la signature.
check-failed-statement = Ce qui est signé n’est pas un avis de cette plateforme.
check-failed-timestamp = L’horodatage n’est pas celui de cette signature, ou n’est pas d’une autorité connue.

# The viewer
viewer-open = Voir la lame
viewer-other-window = Les lames s’ouvrent dans une fenêtre à part, toujours la même, à poser à côté de l’avis.
viewer-back = Retour au cas
viewer-slides = Lames du cas
viewer-beside = à côté
viewer-beside-this = Montrer { $x } à côté
viewer-alone = Une seule lame
viewer-seen = vue { $x }
viewer-plain = Sans script, la page ne montre que la vue d’ensemble. Pour lire la lame, autorisez les scripts de ce site.
viewer-tools = Outils de lecture
viewer-magnification = Grossissement
viewer-smaller = Réduire
viewer-larger = Agrandir
viewer-whole = Lame entière, droite
viewer-fields = Champ voisin
viewer-field-left = Champ à gauche
viewer-field-up = Champ au-dessus
viewer-field-down = Champ en dessous
viewer-field-right = Champ à droite
viewer-shift = Maj +
viewer-rotation = Rotation
viewer-turn-left = Tourner à gauche
viewer-turn-right = Tourner à droite
viewer-degrees = Rotation en degrés
viewer-upright = Droite
viewer-upright-title = Droite : annuler la rotation
viewer-measuring = Mesures
viewer-ruler = Distance
viewer-area = Surface
viewer-remove = Effacer la dernière
viewer-counting = Mitoses par champ
viewer-circle = Champ
viewer-diameter = Diamètre du champ en millimètres
viewer-count-field = Compter le champ
viewer-mitosis = +1 mitose
viewer-mitosis-title = +1 mitose
viewer-mitosis-less = −1 mitose
viewer-two = Deux lames
viewer-together = Bouger ensemble
viewer-glass = Lame { $x }. Flèches : se déplacer ; Maj + flèches : champ voisin.
viewer-no-scale = Le serveur du laboratoire n’indique pas l’échelle de cette lame, ou se contredit : pas de grossissement en ×, pas de mesure.
viewer-overview-of = Vue d’ensemble de { $x }
viewer-unreadable = Cette lame ne peut pas être lue : { $x }.
viewer-unreadable-next = Le reste du cas est là. Rechargez la page dans un moment ; si rien ne change, signalez les lames impossibles à ouvrir depuis la page du cas.
viewer-keys = Toutes les touches, et comment les couper
viewer-position = { $magnification } · rotation { $degrees }° · { $x } ; { $y }
viewer-position-pixels = { $zoom } · rotation { $degrees }° · { $x } ; { $y } pixels
viewer-overview = Vue d’ensemble, avec ce qui a été vu à 10× ou plus
viewer-distance = Distance : { $size }
viewer-surface = Surface : { $size }
viewer-counted = Mitoses : { $mitoses } · champs : { $fields } · { $area } · { $density } par mm²
viewer-tiles-failed = Une partie de la lame n’arrive pas : elle est redemandée quand vous bougez.
viewer-ended = La session est terminée ou la lame n’est plus à vous. Rechargez la page.
viewer-quality = Qualité
viewer-light = Vue allégée
viewer-seen-light = Vue allégée : l’original vient quand vous vous arrêtez
viewer-seen-original = Original du scanner
viewer-light-part = dont { $x } en vue allégée

# Rebalancing
rebalance-title = Rééquilibrer la file
rebalance-about = Les cas que personne n’a ouverts, répartis sur les agendas de vos experts. Rien ne change avant votre accord.
rebalance-ask = Proposer une répartition
rebalance-ask-again = Refaire la proposition
rebalance-nothing = Rien à déplacer : la répartition actuelle est la meilleure.
rebalance-moves =
    { $n ->
        [one] { $n } cas change de main
       *[other] { $n } cas changent de main
    }
rebalance-saves-lateness = { $x } de retard en moins
rebalance-saves-waiting = { $x } d’attente en moins
rebalance-looked-at = Cas non ouverts
rebalance-late-cases = Cas en retard
rebalance-lateness = Retard cumulé
rebalance-made = Proposé
rebalance-until = Valable jusqu’à
rebalance-table = Cas à déplacer
rebalance-from-to = Expert
rebalance-why = Pourquoi
rebalance-before = Réponse sans changement
rebalance-after = Réponse prévue
rebalance-nobody = personne
rebalance-cases = Cas en cours
rebalance-work = Charge des experts concernés
rebalance-apply =
    { $n ->
        [one] Déplacer ce cas
       *[other] Déplacer ces { $n } cas
    }
rebalance-reason = Pourquoi non ?
rebalance-discard = Écarter la proposition
rebalance-past = Propositions précédentes
rebalance-outdated = Rien n’a été déplacé : des cas ont changé depuis la proposition. Demandez-en une nouvelle.
rebalance-changed = le cas a changé entre-temps
rebalance-decided = Cette proposition a déjà reçu une décision, ou elle a expiré.
done-rebalanced = Les cas ont été déplacés ; les experts concernés sont prévenus.
done-rebalance-discarded = La proposition est écartée.
nav-rebalance = Rééquilibrer
move-unrouted = personne ne l’a
move-less-late = moins de retard
move-sooner = réponse plus tôt
move-own-field = lu dans sa spécialité
move-makes-room = libère une place pour un cas plus pressé
proposal-open = à décider
proposal-applied = appliquée
proposal-discarded = écartée
proposal-superseded = remplacée
proposal-expired = expirée
why-rebalanced = le coordinateur a rééquilibré la file

# The escalation ladder
step-remind-holder = rappel à l’expert
step-reassign = recherche d’une réponse plus rapide dans le réseau
step-tell-coordinators = alerte des coordinateurs
step-overflow = recherche d’une réponse plus rapide dans un autre réseau
step-national-list = recours au réseau national
outcome-step-told = prévenu
outcome-step-moved = transmis
outcome-step-kept = inchangé
outcome-step-no-agreement = aucune convention ne le permet ; coordinateurs prévenus
why-escalated = le délai courait sans que le cas soit ouvert

# The forecast
forecast-likely = Réponse attendue vers { $x }
forecast-latest = neuf fois sur dix avant { $x }
forecast-calendar = d’après l’agenda seul

# The administrator's section
nav-administration = Administration
admin-title = Administration
admin-way = Où vous êtes
admin-more = Page suivante
admin-facts = Renseignements
admin-people = Personnes et rôles
admin-people-about = Comptes, rôles dans les laboratoires et les réseaux, profils des experts, nouveaux mots de passe.
conflict-lead = Quelqu’un a modifié ceci entre-temps. Votre saisie est gardée ; ce qui s’y trouve maintenant est indiqué à côté. Envoyez de nouveau pour mettre la vôtre à la place.
conflict-now = Modifié ailleurs. S’y trouve maintenant : { $x }
yes = oui
no = non
field-taken = Déjà pris.
person-search = Nom, identifiant ou adresse électronique
person-role = Rôle
person-roles = Rôles
person-name = Nom
person-name-hint = Tel que le lisent les confrères : Dr Marie Martin
person-email = Adresse électronique
person-email-hint = Où vont les messages de la plateforme
person-email-as-login = Vide : la même que l’identifiant
person-language = Langue des pages et des messages
person-zone = Heures lues à
person-rpps = Numéro RPPS
person-rpps-hint = Onze chiffres, facultatif
person-primary = Sous-spécialité principale (experts)
person-login-state = Accès
person-active-yes = Peut se connecter
person-active-no = Écarté
person-no-password = N’a pas encore de mot de passe
person-since = Ajouté
person-add = Ajouter une personne
person-add-lead = Un mot de passe est créé et montré une seule fois, à remettre autrement que par messagerie. Un requérant a besoin d’un laboratoire, un coordinateur d’un réseau, un expert des deux et d’une sous-spécialité principale.
person-none = Personne ne correspond.
person-login-hint = Son adresse électronique professionnelle ; ne change plus ensuite
person-open-cases = Cas en attente de sa réponse
person-others = Lit aussi
person-hours-hint = Heures écrites 8h-12h, 13h30-18h ; vide les jours sans lecture.
person-account = Compte
person-profile = Profil d’expert
person-give-role = Donner un rôle
person-give = Donner
person-renew = Créer un nouveau mot de passe
person-renew-lead = L’actuel prend fin, et avec lui toutes les sessions.
person-out = Écarter
person-out-lead = Toutes les sessions prennent fin aussitôt et plus rien n’est proposé ; ce qui l’était va à quelqu’un d’autre. Les avis signés restent. Les cas acceptés restent jusqu’à ce qu’un coordinateur les reprenne.
person-in = Réadmettre
person-in-lead = Avec les mêmes rôles et le même mot de passe qu’avant.
person-password-once = Mot de passe de { $x }, montré cette seule fois :
person-password-told = Le mot de passe a déjà été montré. S’il est perdu, créez-en un nouveau.
person-last-administrator = La plateforme a besoin d’un administrateur : donnez d’abord le rôle à quelqu’un d’autre.
person-elsewhere = Cette personne a aussi des rôles hors de ce que vous administrez : un administrateur de toute la plateforme s’en occupe.
done-person = Personne enregistrée
done-role-given = Rôle donné
done-role-taken = Rôle retiré
done-person-out = Cette personne est écartée
done-person-in = Cette personne peut de nouveau se connecter
why-left = l’expert a quitté le réseau
