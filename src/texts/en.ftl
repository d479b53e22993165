# English. The same keys as fr.ftl, which a test holds.

# Where a case stands
state-draft = Draft
state-submitted = Sent
state-offered = Offered
state-accepted = Being read
state-signed = Opinion signed
state-acknowledged = Opinion received
state-closed = Closed
state-withdrawn = Withdrawn
state-refused = Refused
waiting-triage = To triage
waiting-routing = Looking for an expert
waiting-candidate = Without an expert
initial-formal = Formal diagnosis
initial-provisional = Provisional diagnosis
initial-none = No diagnosis
sex-female = Female
sex-male = Male
sex-other = Other
sex-unknown = Unknown
decline-conflict-of-interest = Conflict of interest
decline-absent = Away
decline-overloaded = Too much to read
decline-out-of-scope = Not my field
decline-needs-glass = Glass or a block is needed
refusal-out-of-scope = Not a question for this network
refusal-quality = Slides cannot be read
refusal-duplicate = Asked already
refusal-wrong-patient = Wrong patient
takeover-absence = The expert is away
takeover-no-answer = The expert does not answer
takeover-overload = The expert has too much to read
takeover-conflict-of-interest = Conflict of interest
takeover-on-request = The expert asked for it
information-clinical-data = Clinical data
information-better-scan = A better scan
information-more-slides = More slides or levels
information-stain = A further stain
information-block = A paraffin block
information-prior-report = An earlier report
information-other = Other
ancillary-immunohistochemistry = Immunohistochemistry
ancillary-special-stain = Special stain
ancillary-in-situ-hybridisation = In situ hybridisation
ancillary-molecular = Molecular test
acknowledgement-agrees = I agree with the opinion
acknowledgement-integrated = Integrated into my report
acknowledgement-noted = Read; I reserve judgement
verdict-expert-right = Follow-up supports the expert
verdict-submitter-right = Follow-up supports the submitter
verdict-both-right = Follow-up supports both
verdict-neither-right = Follow-up supports neither
verdict-undetermined = Follow-up does not tell
concordance-concordant = Concordant
concordance-minor-discordance = Minor discordance (no effect on care)
concordance-major-discordance = Major discordance (affects care)
concordance-not-assessable = Not assessable
opinion-preliminary = Preliminary opinion
opinion-opinion = Signed opinion
opinion-addendum = Addendum
opinion-correction = Correction
opinion-amendment = Amended conclusion
role-submitter = Submitter
role-expert = Expert
role-coordinator = Coordinator
role-auditor = Auditor
role-administrator = Administrator
relation-submitter = submitter
relation-holder = expert
relation-signer = signing expert
relation-former-signer = former signing expert
relation-coordinator = coordinator
relation-auditor = auditor
relation-system = automatic
rule-pool-covers-territory = The pool does not cover this territory
rule-pool-covers-subspecialty = The pool does not cover this subspecialty
rule-reads-subspecialty = Does not read this subspecialty
rule-not-absent = Away
rule-below-capacity = At capacity
rule-other-laboratory = Same laboratory as the submitter
rule-not-the-submitter = Is the submitter
rule-shares-language = No common language
rule-not-tried-before = Gave this case back or let the offer lapse
rule-has-working-time = No reading time planned
rule-not-excluded = Excluded from this case by a coordinator
instruction-pin = Kept for
instruction-exclude = Excluded
case-instructions = The coordinator’s decisions
rule-not-pinned = Kept by a coordinator for another expert
urgency-intra-operative = Intra-operative
urgency-urgent = Urgent
urgency-routine = Routine
pause-information = Waiting for the submitter
pause-ancillary = Waiting for ancillary work
pause-transit = Material in transit
pause-slides-unavailable = Slides unavailable

# What can be done: on buttons
command-save-draft = Edit
command-submit = Send the case
command-triage = Triage
command-offer = Offer to an expert
command-mark-unrouted = Mark as unrouted
command-move = Pass on to another expert
command-escalate = Escalate a case that nobody opens
command-claim = Give to who is ready to read
command-accept = Accept
command-decline = Decline
command-expire = Let it expire
command-pin = Keep for an expert
command-exclude = Exclude an expert
command-lift = Lift a pin or an exclusion
command-take-over = Take back from the expert
command-redirect = Hand to another network
command-request-information = Ask a question
command-answer = Answer
command-order-ancillary = Order ancillary work
command-complete-ancillary = Ancillary work done
command-send-material = Send material
command-receive-material = Material received
command-report-slides-unavailable = Slides cannot be opened
command-restore-slides = Slides can be opened again
command-withdraw = Withdraw
command-request-withdrawal = Ask for it back
command-agree-withdrawal = Agree to the withdrawal
command-refuse = Refuse the case
command-save-opinion = Write the opinion
command-release-preliminary = Release as preliminary
command-sign = Sign the opinion
command-acknowledge = Acknowledge
command-contest = Contest the concordance
command-record-outcome = Record the outcome
command-close = Close the case
command-add-addendum = Add an addendum
command-correct = Correct
command-amend = Amend the conclusion
command-reopen = Reopen

# What was done: in the timeline
done-save-draft = Draft saved
done-submit = Case sent
done-triage = Case triaged
done-offer = Offered to an expert
done-mark-unrouted = No expert found
why-own-queue = from their own queue
why-idle-steal = their queue was empty, it waited for another expert
why-unrouted = no expert held it
done-move = Passed on to another expert
done-escalate = Escalated by the exchange
why-absence = the expert is away until the offer ends
done-claim = Given to an expert ready to read
done-accept = Accepted
done-decline = Declined
done-expire = Offer lapsed
done-pin = Kept for an expert
done-exclude = Expert excluded
done-lift = Pin or exclusion lifted
why-pinned = a coordinator keeps the case for another expert
why-excluded = a coordinator excluded the expert
done-take-over = Taken back from the expert
done-redirect = Handed to another network
done-request-information = Submitter asked
done-answer = Submitter answered
done-order-ancillary = Ancillary work ordered
done-complete-ancillary = Ancillary work done
done-send-material = Material sent
done-receive-material = Material received
done-report-slides-unavailable = Slides reported unavailable
done-restore-slides = Slides readable again
done-withdraw = Withdrawn
done-request-withdrawal = Withdrawal asked for
done-agree-withdrawal = Withdrawal agreed
done-refuse = Case refused
done-save-opinion = Opinion saved
done-release-preliminary = Preliminary opinion released
done-sign = Opinion signed
done-acknowledge = Acknowledged
done-contest = Concordance contested
done-record-outcome = Outcome recorded
done-close = Case closed
done-add-addendum = Addendum added
done-correct = Opinion corrected
done-amend = Conclusion amended
done-reopen = Case reopened
guard-complete = something is missing
guard-held-for-triage = the case is not held for triage
guard-released = the case is held for triage
guard-expert-eligible = the rules speak against this expert
guard-offer-expired = the offer still stands
guard-other-network = it is this network already, or no agreement allows it
guard-request-open = nothing of the kind is open
guard-stains-allowed = the submitter did not allow further stains
guard-block-allowed = the submitter did not allow sending a block
guard-slides-unavailable = the slides are not reported unavailable
guard-slides-available = the slides are reported unavailable already
guard-withdrawal-requested = the submitter has not asked for it back
guard-withdrawal-not-requested = the withdrawal is asked for already
guard-opinion-complete = the opinion is not complete
guard-diagnosis-given = there is no initial diagnosis to compare

# Everywhere
product = Relecture
skip = Skip to content
nav = Main navigation
nav-worklist = Worklist
nav-new = New case
nav-next = Next case
nav-experts = Experts
nav-figures = Turnaround
nav-profile = My profile
nav-letters = Dead letters
nav-help = Keyboard
log-out = Log out
footer = Relecture 0.1, in construction; not a certified medical device.
back-to-list = Back to the worklist
choose = Choose…
any = Any
optional = optional
none-given = not given
slides =
    { $n ->
        [one] { $n } slide
       *[other] { $n } slides
    }
problems =
    { $n ->
        [one] { $n } point needs mending
       *[other] { $n } points need mending
    }

# Login
login-title = Log in
login-lead = Second opinions in pathology, between laboratories and experts.
login-name = Login
login-hint = Your professional email address
login-password = Password
login-submit = Log in
login-wrong = Login or password is wrong.
login-throttled = Too many tries. Try again in { $n } s.
login-ended = Your session has ended.
login-kept = What you typed is kept below; it is sent once you have logged in.
resume-title = Send what you had typed
resume-lead = You are logged in again. Nothing was sent in the meantime.
resume-send = Send now

# Errors
error-title = Error
error-not-found = This page does not exist, or is not open to you.
error-forbidden = This belongs to another role.
error-stale = Somebody changed this case in the meantime. What you typed is kept below: read the case again, then send it again.
error-refused = This is not possible as the case stands now: { $x }.
error-not-yours = this is not yours to do on this case
error-state = the case is “{ $x }”
error-conflict = This is not possible: something stands against it.
error-slide = The slide cannot be read from the laboratory’s server right now. Your work is kept: try again in a moment, or tell the laboratory.
error-overloaded = The server has too much to do right now. Nothing is lost: try again in a moment.
error-storage-full = The server has no room left: nothing was recorded. Its operator has to make room. Try again then.
error-internal = Something went wrong on our side. Nothing was changed. Reference: { $x }
error-forged = This form does not come from a page of your session. Open the page again, then try again.
error-too-large = This is more than can be sent at once.
error-cursor = This page of the list is gone.
error-reused = This was used for something else already. Open the page again, then try again.
see-case = See the case as it is now

# Worklist
list-title-expert = My reading
list-title-laboratory = My laboratory’s cases
list-title-network = The network’s queue
list-none = You have no worklist.
list-scope = List shown
scope-expert = Reading
scope-laboratory = Requests
scope-network = Queue
view-open = Open
view-drafts = Drafts
view-answered = To be read
view-signed = Signed
view-triage = To triage
view-unrouted = Without an expert
view-late = Late
view-all = All
views = Views
filter = Filter
filter-clear = Show all
search = Search
search-hint = Reference, words of the question or accession number
search-hint-queue = Reference or words of the question
urgency = Urgency
subspecialty = Subspecialty
territory = Territory
column-due = Due
column-case = Case
column-state = State
column-from = Laboratory
column-expert = Expert
column-slides = Slides
no-question = (no question yet)
empty-open = No case is waiting.
empty-filtered = No case matches.
empty-expert = When a case is offered to you, it appears here and a mail tells you.
empty-laboratory = Begin with the question you ask.
empty-network = Everything is assigned.
more = More cases
list-count =
    { $n ->
        [one] { $n } case shown
       *[other] { $n } cases shown
    }
done-next-own-queue = This is the most pressing case of your queue. It is yours.
done-next-idle-steal = Your queue was empty: this case waited for a colleague, who is told. It is yours.
done-next-unrouted = This case had no expert yet. It is yours.
nothing-next = No case is waiting for you, nor one of a colleague that you could read.

# Time
late-by = { $x } late
due-in = in { $x }
answer-before = answer within { $x }
clock-still = clock standing still
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
        [one] { $n } d
       *[other] { $n } d
    }
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

# The style page
style-title = Colours, type, components
style-lead = What the pages are made of. Every new page takes from here.
style-tokens = Colours
style-type = Type
style-marks = Marks
style-buttons = Buttons
style-fields = Fields
style-notices = Notices
style-ink = Ink
style-quiet = Quiet
style-haematoxylin = Haematoxylin: what can be done
style-eosin = Eosin: what is late
style-amber = Soon late
style-leaf = Done
style-field = A field
style-field-hint = A hint fits on one line.
style-field-error = An error stands beside its field.
style-first = Main action
style-second = Other action
style-grave = Grave action
style-notice = For information.
style-notice-warn = Needs attention.
style-notice-bad = Something did not pass.
style-notice-good = It is done.

# Keyboard
keys-title = Keyboard
keys-lead = Single letters act while no field is being typed in.
keys-on = Single-letter shortcuts are on
keys-next = Next case (expert)
keys-new = New case (submitter)
keys-list = Worklist
keys-search = Search
keys-down = Next row
keys-up = Row before
keys-open = Open the row
keys-send = Send the form
keys-help = This page
keys-key = Key
keys-does = Effect
keys-accept = Accept the case shown
keys-write = Write the opinion
keys-magnify = Slide: magnification from 1.25× to 40×
keys-zoom = Slide: larger, smaller
keys-whole = Whole slide
keys-fields = Slide: move; with Shift, by exactly one field
keys-slides = Slide before, slide after
keys-turn = Slide: turn right, turn left, upright again
keys-measure = Slide: distance, area, remove the last; Enter puts a point in the middle
keys-count = Slide: circle of the field, count the field, one mitosis more, one less
keys-light = Slide: light view for slow lines, or the original
keys-together = Two slides: move together

# A case
cancel = Cancel
other-actions = Other actions
case-question = Question
case-initial = The submitter’s diagnosis
case-context = Clinical context
case-macroscopy = Macroscopy
case-work-done = Work done already
case-slides = Slides
case-about = The case
case-requests = Requests during the reading
case-clock = Turnaround
case-patient = Patient
case-timeline = Timeline
case-from = Laboratory
case-submitter = Submitter
case-network = Network
case-expert = Expert
case-allowed = Allowed beforehand
case-diaginter = DIAGinter number
case-after = What came after
case-acknowledged = Acknowledgement
case-contested = Concordance contested
case-outcome = Outcome
allow-stains = Further stains
allow-block = Sending a block
allow-panel = Reading by a panel
allow-nothing = nothing
patient-accession = Accession number
patient-sex = Sex
patient-birth-year = Year of birth
patient-ins = INS
warning-diaginter-number-missing = The DIAGinter number is missing; reimbursement depends on it.
request-open = open
request-closed = closed
block = Block { $x }
version = version { $n }
cycle = request number { $n } on this case
remaining-working = { $x } of working time left
remaining-wall = { $x } left
elapsed = Elapsed: { $x }
why-expert = Why this expert
chosen = chosen
column-answer = Expected answer
column-work = Read in 90 d
column-against = Ruled out by
expert-elsewhere = Expert of another network
experts-elsewhere =
    { $n ->
        [one] { $n } expert of other networks
       *[other] { $n } experts of other networks
    }
unrouted-title = No expert can be given this case
unrouted-considered =
    { $n ->
        [one] { $n } expert considered
       *[other] { $n } experts considered
    }
away-until = away until { $x }
one-per-line = One on each line
label-urgency = Urgency
label-subspecialty = Subspecialty
label-expert = Expert
label-next-expert = Give it to
label-reason = Reason
label-comment = In words (no patient identity)
label-network = Network
label-kind = Kind
label-question = Question
label-request = In answer to
label-reply = Answer
label-receive-reply = Remark
label-complete-reply = Result, slides added
label-detail = Markers, block, question
label-items = What is sent
label-carrier = Carrier
label-tracking = Tracking number
label-acknowledgement = What becomes of it
label-verdict = What follow-up shows
label-text = What shows it

# What is wrong with a field
field-required = Needed.
field-too-long = At most { $n }.
field-too-few = At least { $n }.
field-malformed = Not written as expected.
field-unknown = Not known here.
field-not-in-table = This code is not in the table. Choose a near one, or leave the field empty: the conclusion tells the diagnosis.
field-future = Lies in the future.
field-range = Between { $x }.
field-must-be-true = Needed for the case to go out.
field-nothing-to-compare = The submitter gave no diagnosis: not assessable.
field-contradicts = The ADICAP codes name two lesions: not concordant.
field-wrong-password = That is not your password.
field-duplicate = Given twice.
field-slide-unreadable = The slide cannot be read ({ $x }). Mend the link, or say why the case goes out without it.
field-control = Holds control characters.
field-not-here = Must be left out here.
failure-not-checked = not checked yet
failure-source-unreachable = the slide server does not answer
failure-timeout = the slide server did not answer in time
failure-refused-credentials = the slide server refuses access
failure-not-found = the server knows no such slide
failure-not-an-image = this is not an image
failure-not-a-whole-slide-image = this is not a whole slide
failure-malformed = the slide’s description cannot be understood
failure-too-large = the server’s answer is too large
failure-address-refused = this address is not allowed
failure-redirect-refused = the server sends elsewhere
failure-server-error = the slide server failed
failure-implausible-dimensions = sizes that no slide has
failure-source-paused = the slide server failed several times in a row
failure-source-busy = the slide server has too many requests

# The opinion
concordance = Concordance with the submitter
stamp-pending = time stamp pending
stamp-at = time stamp of { $x }
opinion-reason = Why there is this version
opinion-field-conclusion = Conclusion
opinion-field-clinical-information = Clinical information as understood
opinion-field-macroscopy = Macroscopy
opinion-field-microscopy = Microscopy
opinion-field-ancillary-studies = Ancillary studies
opinion-field-comment = Comment
opinion-field-recommendation = Recommendations
opinion-field-limits = Limits, image quality
opinion-field-adicap = ADICAP code
opinion-field-topography = ICD-O-3 topography
opinion-field-morphology = ICD-O-3 morphology
code-hint-adicap = A code, its beginning or words: “BHGS”, “breast”.
code-hint-topography = A code or words: “C50.9”, “breast”.
code-hint-morphology = A code with its behaviour, or words: “8500/3”, “lobular carcinoma”.
code-near = Near codes
code-nothing-near = No code is near. The conclusion tells the diagnosis in words.
opinion-field-references = References
opinion-field-technical-incidents = Technical incidents
confidence = Confidence
confidence-high = High: further work would hardly change it
confidence-moderate = Moderate: further work may refine it
confidence-low = Low: further work may overturn it
slides-consulted = Slides actually looked at
ai-title = Assistance by artificial intelligence
ai-hint = Leave empty if no tool was used: the opinion declares it.
ai-none = None
ai-tool = Tool and maker
ai-version = Version
ai-intended-use = Intended use, by its maker
ai-effect = What it changed in the reading
ai-ce-marked = CE marking for this use
ai-not-ce-marked = No CE marking for this use
save-draft = Save the draft
sign-hint = A signed opinion no longer changes: a new version may add to it, correct it or amend it.
sign-password = Your password, to sign
sign-password-hint = It proves that you are there: it is asked for at each signature and is not kept with the draft.
kept-at = Draft saved at { $x }
kept-in-part = Draft saved at { $x }, without what cannot be read (a slide’s link, a date)
kept-logged-out = The session has ended: what you typed stays in this page. Save to log in again without losing anything.
kept-offline = The server does not answer: what you typed is kept in this browser, and saved when the line is back.
earlier-lead = This may have been asked already:
earlier-number = same accession number
earlier-slide = same slide
earlier-look = Nothing was sent: an earlier case looks like this one. Look at it below, then send again if this is another question.
kept-elsewhere = This browser holds something typed that was not saved, begun on an earlier version.
kept-take = Take it up again

# A new case
edit-title = Draft
edit-question = What do you want to know?
edit-question-hint = In a sentence or two, without the patient’s name.
edit-initial = Your diagnosis
edit-initial-text = The diagnosis in words
edit-adicap = ADICAP code (optional)
edit-slides-hint = Paste the address of each slide on your server. A row without a block continues the block above.
edit-source = Your server:
edit-slide = Slide { $n }
edit-more-slide = Specimen, unreadable slide
edit-readable = Readable
edit-check = Check the slides
edit-more-rows = Save and add rows
edit-context-title = Context
edit-context-hint = History, imaging, treatment: what the reading needs, without identity.
edit-work-hint = One technique on each line, its result after a colon.
edit-patient-hint = The least that is needed. These data are encrypted and do not leave the case.
edit-ins-hint = Only where your network requires it
edit-informed = The patient was told of the second opinion
edit-non-opposition = and does not object
edit-date = On
edit-diaginter-hint = Reimbursement depends on it
edit-urgency-title = Urgency and what you allow
edit-urgency-reason = Why it is urgent
edit-after = The case is offered to an expert of the network; a mail tells you when there is a question or a signed opinion.
link-unknown = This address is on none of your laboratory’s slide servers.
slide-link = Address of the slide
slide-label = Name of the slide
slide-stain = Stain
slide-block = Block
slide-specimen = Specimen
slide-site = Site
slide-procedure = Kind of sampling
slide-excuse = If it cannot be read: why send it all the same

# A person's own page
profile-roles = Roles
profile-clock = Times shown
profile-reading = My reading
profile-primary = Main subspecialty
profile-others = I also read
profile-capacity = Cases at a time
profile-capacity-hint = From 0 (none for now) to 50
profile-languages = Languages
profile-languages-hint = Two-letter codes: fr en
profile-zone = Time zone of work
profile-hours = Reading hours
profile-hours-hint = For example 8:00-12:00, 13:30-18:00; empty when you do not read.
profile-save = Save
profile-stale = This profile was changed in another window. What you typed is kept below: read it again, then save once more.
profile-load = My load
profile-open = Open cases, of capacity
profile-minutes = Reading expected
profile-work = My reading in 90 days, share of my hours
profile-work-median =
    { $n ->
        [one] Median of the network ({ $n } expert)
       *[other] Median of the network ({ $n } experts)
    }
work-hint = Slides and stains of what was signed. Between answers expected at almost the same time, a case goes to whoever has the smallest share.
profile-figures = My turnaround over a year
profile-no-figures = No opinion signed within the year.
figures-all = All
figures-within = In time
figures-median = Median
figures-p90 = 90% in less than
figures-hint = Working time of the network, from submission to signature.
field-hours = Times two by two, in order: 8:00-12:00, 14:00-18:00.
absences = Absences
absences-none = No absence planned.
absence-now = now
absence-from = From
absence-until = To (included)
absence-hint = Whole days, time of { $x }. No case is offered to you meanwhile; those that wait go to another expert.
absence-add = Add an absence
absence-order = The last day can be neither past, nor before the first, nor more than a year after it.
absence-remove = Remove the absence: { $x }
remove = Remove
done-profile = Profile saved
done-absence = Absence saved
done-present = Absence removed

# The experts of a pool, for its coordinator
experts-none = This network has no expert.
experts-week = Hours and absences
experts-week-said = One line for each expert: their reading hours, their absences and the due times of their cases, on one axis of time. The tables below say the same in words.
experts-clocks = Days by the clocks of: { $x }
experts-load = Load
experts-reading = Expected reading / hours of these days
experts-work = Reading in 90 days, share of hours
experts-worries = Late, or going to be
experts-table = Hours and absences as a table
week-before = Week before
week-today = Today
week-after = Week after
key-hours = Reading hours
key-away = Absence
key-pool = Hours of the network
key-late = Due time passed
key-risk = Due time at risk
key-due = Due time
load-away = away until { $x }
load-over = over capacity
load-full = full
load-hours = more reading than hours
day-away = away
risk-late = late
risk-no-expert = no expert can have it
risk-expert-away = the expert returns after it is due
risk-expected-late = the answer is expected after it is due
risk-not-accepted = not accepted yet
risk-not-triaged = not triaged yet
assign-pick = Select { $x }
assign-expert = Keep the selection for
assign-do = Keep
assign-none = No case is selected.
assign-kept =
    { $n ->
        [0] No case could be kept.
        [one] { $n } case is kept; not these:
       *[other] { $n } cases are kept; not these:
    }
assign-stale = somebody changed it in the meantime
keys-pick = Select the row (coordinator)
keys-pin = Choose the expert to keep the selection for (coordinator)
keys-experts = Experts (coordinator)
keys-figures = Turnaround (coordinator)
figures-month = Month
figures-from = Opinions signed from
figures-to = to (included)
figures-truncated = The period has more than 20,000 opinions: only the first are counted.
figures-answered =
    { $n ->
        [one] { $n } opinion signed
       *[other] { $n } opinions signed
    }
figures-export = Export (CSV)
figures-export-hint = The file is CSV as RFC 4180 has it, with commas and decimal points; it holds no case and no patient.
figures-cases = Cases
figures-plot-said = For each group a dot at the median and a bar to where nine of ten opinions were given, in working hours. The table below says the same.
figures-agreement = Agreement with the submitters
figures-initial = Submitter’s diagnosis
figures-not-coded = Not coded
figures-experts = Who answered
figures-share = Part of the opinions
figures-capacity = Part of the capacity
figures-declines = Cases given back by experts
figures-none = No opinion was signed in this period.
percent = { $x }%
csv-by = By
csv-name = Group
csv-also = Detail
csv-within = In time
csv-median = Median (working hours)
csv-p90 = 90% (working hours)
csv-elapsed-median = Median (hours)
csv-elapsed-p90 = 90% (hours)

# The report of an opinion on paper
report-file = Report (PDF)
report-foot = Signed opinion, SHA-256 { $x }…
report-code = Code to scan that leads to { $x }, the page that verifies this opinion
report-again = The case was opened again: this opinion comes after version { $n }, below, and does not undo it.
report-addendum = This addendum adds to version { $n }, which has to be read with it.
report-correction = This correction replaces version { $n }: it mends an error that does not change the diagnosis.
report-amendment = This version amends the conclusion of version { $n }, which it replaces.
report-initial = Diagnosis sent by the submitter
report-slides = Slides of the case
report-slide-consulted = looked at, the expert declares
report-slide-not-declared = not declared as looked at
report-slide-unreadable = could not be read from afar when it was signed
report-versions = Versions
report-latest = This document knows only the versions before its own. The page that verifies it tells whether there is a later one.
report-proof = Verify this opinion
report-how = Open the address below or scan the code, and give this PDF file: the page tells what was checked.
report-what = What is signed is the file opinion.json attached to this PDF, not its pages. A PDF reader shows it among the attachments; any JOSE library verifies it without this server.
report-limits = An advanced electronic signature at best (JAdES, ETSI TS 119 182-1), never a qualified one. The patient is not named: the case’s reference tells the asking laboratory who it is.
report-authority = Signing authority

# The page that verifies a signed opinion
signed-file = Signed file
signed-bundle = Proof bundle (ZIP)
verify-title = Verify a signed opinion
verify-lead = This page tells whether a file is an opinion as it was signed here. It needs no account and keeps nothing.
verify-file = The signed file
verify-hint = Drop the file opinion.json here, or paste what is in it.
verify-submit = Verify
verify-empty = No file was given.
verify-holds = This opinion is as it was signed.
verify-fails = This file is not an opinion as it was signed here.
verify-checks = What was checked
verify-ok = Holds
verify-failed = Fails
verify-limits = The date is the one that the server claimed; the signature is an advanced one at best, never a qualified one. Make sure, too, that this is your network’s own address.
verify-case = Case
verify-asked-by = Asked by
verify-signed-by = Signed by
verify-signed-at = Signed at
verify-version = Version
verify-stamped = Time stamp
verify-follows = Follows the file whose SHA-256 is
verify-document = Or the PDF report
verify-document-hint = The PDF file as it was downloaded.
verify-pages = The attached opinion is as it was signed, but the pages of the PDF are not those that this server prints of it: believe the attached opinion, not the pages.
verify-later = A later version of this opinion was signed: { $x }. Ask for it.
check-attachment = The signed opinion is attached to the PDF, whole.
check-chain = The versions that it follows are attached, and each names the one before.
check-pages = The pages of the PDF are, byte for byte, those that this server prints of the attached opinion.
check-failed-attachment = No signed opinion is attached to the PDF, or it cannot be taken out.
check-failed-chain = A version is missing, or is not the one that the next one names.
check-failed-pages = The pages of the PDF are not those that this server prints of the attached opinion.
check-file = The file is a signed document.
check-header = Its header has a known form.
check-certificate = The certificate is the one that the header names.
check-signature = The signature is of these bytes, by this key: nothing has changed since.
check-authority = This exchange’s authority certified the key.
check-validity = The certificates were valid when it was signed.
check-statement = What is signed is an opinion, whole and in its one form.
check-timestamp = The time stamp, where there is one, is of this signature.
check-failed-file = The file is no signed document, or it was cut or altered.
check-failed-header = The header was altered, or has no known form.
check-failed-certificate = The certificate is not the one that the header names.
check-failed-signature = The signature is not of this content: one of the two was altered.
check-failed-authority = The key was not certified by this exchange’s authority.
check-failed-validity = A certificate was not valid when it was signed.
check-failed-statement = What is signed is not an opinion of this exchange.
check-failed-timestamp = The time stamp is not of this signature, or of no authority that is known.

# The viewer
viewer-open = Look at the slide
viewer-other-window = Slides open in a window of their own, always the same one, to put beside the opinion.
viewer-back = Back to the case
viewer-slides = Slides of the case
viewer-beside = beside
viewer-beside-this = Show { $x } beside
viewer-alone = One slide only
viewer-seen = seen { $x }
viewer-plain = Without script the page shows the overview only. To read the slide, allow the scripts of this site.
viewer-tools = Reading tools
viewer-magnification = Magnification
viewer-smaller = Smaller
viewer-larger = Larger
viewer-whole = Whole slide, upright
viewer-fields = Adjacent field
viewer-field-left = Field to the left
viewer-field-up = Field above
viewer-field-down = Field below
viewer-field-right = Field to the right
viewer-shift = Shift +
viewer-rotation = Rotation
viewer-turn-left = Turn left
viewer-turn-right = Turn right
viewer-degrees = Rotation in degrees
viewer-upright = Upright
viewer-upright-title = Upright: undo the rotation
viewer-measuring = Measuring
viewer-ruler = Distance
viewer-area = Area
viewer-remove = Remove the last
viewer-counting = Mitoses by field
viewer-circle = Field
viewer-diameter = Diameter of the field in millimetres
viewer-count-field = Count the field
viewer-mitosis = +1 mitosis
viewer-mitosis-title = +1 mitosis
viewer-mitosis-less = −1 mitosis
viewer-two = Two slides
viewer-together = Move together
viewer-glass = Slide { $x }. Arrows: move; Shift + arrows: adjacent field.
viewer-no-scale = The laboratory’s server does not tell the scale of this slide, or contradicts itself: no magnification in ×, no measuring.
viewer-overview-of = Overview of { $x }
viewer-unreadable = This slide cannot be read: { $x }.
viewer-unreadable-next = The rest of the case is there. Reload the page in a moment; if nothing changes, report from the case page that the slides cannot be opened.
viewer-keys = All keys, and how to switch them off
viewer-position = { $magnification } · rotation { $degrees }° · { $x }, { $y }
viewer-position-pixels = { $zoom } · rotation { $degrees }° · { $x }, { $y } pixels
viewer-overview = Overview, with what was seen at 10× or more
viewer-distance = Distance: { $size }
viewer-surface = Area: { $size }
viewer-counted = Mitoses: { $mitoses } · fields: { $fields } · { $area } · { $density } per mm²
viewer-tiles-failed = A part of the slide does not arrive: it is asked for again when you move.
viewer-ended = The session has ended or the slide is no longer yours. Reload the page.
viewer-quality = Quality
viewer-light = Light view
viewer-seen-light = Light view: the original comes when you stop
viewer-seen-original = The scanner’s original
viewer-light-part = { $x } of it in light view

# Rebalancing
rebalance-title = Rebalance the queue
rebalance-about = The cases that nobody has opened, spread over the calendars of your experts. Nothing changes before you agree.
rebalance-ask = Propose a distribution
rebalance-ask-again = Propose anew
rebalance-nothing = Nothing to move: the cases are placed as well as they can be.
rebalance-moves =
    { $n ->
        [one] { $n } case moves
       *[other] { $n } cases move
    }
rebalance-saves-lateness = { $x } less lateness
rebalance-saves-waiting = { $x } less waiting
rebalance-looked-at = Unopened cases
rebalance-late-cases = Late cases
rebalance-lateness = Lateness in all
rebalance-made = Proposed
rebalance-until = Valid until
rebalance-table = Cases to move
rebalance-from-to = Expert
rebalance-why = Why
rebalance-before = Answer as things are
rebalance-after = Answer expected
rebalance-nobody = nobody
rebalance-cases = Open cases
rebalance-work = Work of the experts concerned
rebalance-apply =
    { $n ->
        [one] Move this case
       *[other] Move these { $n } cases
    }
rebalance-reason = Why not?
rebalance-discard = Discard the proposal
rebalance-past = Earlier proposals
rebalance-outdated = Nothing was moved: cases have changed since the proposal. Ask for a new one.
rebalance-changed = the case has changed in the meantime
rebalance-decided = This proposal was decided about already, or it has expired.
done-rebalanced = The cases have moved; the experts concerned are told.
done-rebalance-discarded = The proposal is discarded.
nav-rebalance = Rebalance
move-unrouted = nobody has it
move-less-late = less late
move-sooner = answered sooner
move-own-field = read in the expert’s own field
move-makes-room = makes room for a more pressing case
proposal-open = to decide
proposal-applied = applied
proposal-discarded = discarded
proposal-superseded = replaced
proposal-expired = expired
why-rebalanced = the coordinator rebalanced the queue

# The escalation ladder
step-remind-holder = reminder to the expert
step-reassign = a sooner answer looked for in the network
step-tell-coordinators = coordinators told
step-overflow = a sooner answer looked for in another network
step-national-list = recourse to the national network
outcome-step-told = told
outcome-step-moved = passed on
outcome-step-kept = unchanged
outcome-step-no-agreement = no agreement allows it; coordinators told
why-escalated = its time ran out unopened

# The forecast
forecast-likely = Answer expected about { $x }
forecast-latest = nine times in ten before { $x }
forecast-calendar = by the calendar alone

# The administrator's section
nav-administration = Administration
admin-title = Administration
admin-way = Where you are
admin-more = Next page
admin-facts = Known
admin-people = People and roles
admin-people-about = Accounts, roles in laboratories and networks, experts’ profiles, new passwords.
conflict-lead = Somebody changed this in the meantime. What you typed is kept; what is there now stands beside it. Send again to put yours in its place.
conflict-now = Changed elsewhere. There now: { $x }
yes = yes
no = no
field-taken = Somebody else has it already.
person-search = Name, login or mail address
person-role = Role
person-roles = Roles
person-name = Name
person-name-hint = As colleagues read it: Dr Marie Martin
person-email = Mail address
person-email-hint = Where mails of the exchange go
person-email-as-login = Empty: the same as the login
person-language = Language of pages and mails
person-zone = Times read in
person-rpps = RPPS number
person-rpps-hint = Eleven digits, optional
person-primary = Main subspecialty (experts)
person-login-state = Access
person-active-yes = May log in
person-active-no = Kept out
person-no-password = Has no password yet
person-since = Added
person-add = Add a person
person-add-lead = A password is made up and shown once, to be handed over by another way than mail. A submitter needs a laboratory, a coordinator a network, an expert both and a main subspecialty.
person-none = Nobody matches.
person-login-hint = Their professional mail address; it does not change later
person-open-cases = Cases awaiting their answer
person-others = Reads also
person-hours-hint = Hours as 8:00-12:00, 13:30-18:00; empty on days without reading.
person-account = Account
person-profile = Expert’s profile
person-give-role = Give a role
person-give = Give
person-renew = Make a new password
person-renew-lead = The present one ends, and every session with it.
person-out = Keep out
person-out-lead = Every session ends at once and nothing is offered any more; what was offered goes to somebody else. Signed opinions stay. Accepted cases stay until a coordinator takes them back.
person-in = Let in again
person-in-lead = With the same roles and password as before.
person-password-once = Password of { $x }, shown this once:
person-password-told = The password was shown already. If it was lost, make a new one.
person-last-administrator = The exchange needs an administrator: give the role to somebody else first.
person-elsewhere = This person also holds roles outside of what you administer: an administrator of the whole exchange keeps them.
done-person = Person saved
done-role-given = Role given
done-role-taken = Role taken away
done-person-out = This person is kept out
done-person-in = This person may log in again
why-left = the expert has left the pool
