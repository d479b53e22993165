//! What a draft may hold, and what a submission needs.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::cases::{
    CaseContent, InitialDiagnosis, InitialDiagnosisStatus, PatientContext, SlideContent,
};
use super::commands::TextCheck;
use super::problems::{FieldProblem, FieldRule};
use super::turnaround::Urgency;

/// Longest question, in characters.
pub const QUESTION_MAX: usize = 2_000;
/// Longest clinical context or macroscopy, in characters.
pub const CONTEXT_MAX: usize = 10_000;
/// Longest label of a specimen, block or slide, in characters.
pub const LABEL_MAX: usize = 64;
/// Most specimens of a case.
pub const SPECIMENS_MAX: usize = 20;
/// Most blocks of a specimen.
pub const BLOCKS_MAX: usize = 50;
/// Most slides of a case.
pub const SLIDES_MAX: usize = 200;
/// Most entries of the list of work done.
pub const WORK_DONE_MAX: usize = 100;
/// The earliest year of birth taken.
pub const BIRTH_YEAR_MIN: i64 = 1900;

/// What is known outside the draft and decides whether it is right.
pub struct Surroundings<'a> {
    /// The day in the laboratory's territory.
    pub today: NaiveDate,
    /// The subspecialty codes that exist.
    pub subspecialties: &'a [String],
    /// Whether the network needs the patient's INS.
    pub requires_ins: bool,
    /// Whether an INS may be given at all in this territory's regime.
    pub ins_exists: bool,
}

/// What makes a draft unfit to be kept: too long, malformed, unknown codes. A draft may be incomplete, never wrong.
pub fn draft_problems(content: &CaseContent, around: &Surroundings<'_>) -> Vec<FieldProblem> {
    let mut check = TextCheck::default();
    check.at_most("/question", &content.question, QUESTION_MAX);
    check.at_most("/clinical_context", &content.clinical_context, CONTEXT_MAX);
    check.at_most("/macroscopy", &content.macroscopy, CONTEXT_MAX);
    check.at_most(
        "/urgency_reason",
        content.urgency_reason.as_deref().unwrap_or_default(),
        500,
    );
    check.at_most(
        "/diaginter_number",
        content.diaginter_number.as_deref().unwrap_or_default(),
        64,
    );
    check.reference("/follows", content.follows.as_deref());
    if let Some(code) = &content.subspecialty
        && !around.subspecialties.contains(code)
    {
        check
            .problems
            .push(FieldProblem::new("/subspecialty", FieldRule::UnknownCode));
    }
    if let Some(diagnosis) = &content.initial_diagnosis {
        check.at_most(
            "/initial_diagnosis/text",
            diagnosis.text.as_deref().unwrap_or_default(),
            QUESTION_MAX,
        );
        check.at_most(
            "/initial_diagnosis/adicap",
            diagnosis.adicap.as_deref().unwrap_or_default(),
            20,
        );
    }
    if let Some(patient) = &content.patient {
        patient_problems(patient, around, &mut check);
    }
    if let Some(information) = &content.patient_information
        && information.date > around.today
    {
        check.problems.push(FieldProblem::new(
            "/patient_information/date",
            FieldRule::InTheFuture,
        ));
    }
    list_problems(content, &mut check);
    specimen_problems(content, &mut check);
    check.problems
}

fn patient_problems(patient: &PatientContext, around: &Surroundings<'_>, check: &mut TextCheck) {
    check.at_most(
        "/patient/accession_number",
        &patient.accession_number,
        LABEL_MAX,
    );
    if let Some(year) = patient.birth_year {
        let max = i64::from(around.today.year());
        if !(BIRTH_YEAR_MIN..=max).contains(&i64::from(year)) {
            check.problems.push(FieldProblem::new(
                "/patient/birth_year",
                FieldRule::OutOfRange {
                    min: BIRTH_YEAR_MIN,
                    max,
                },
            ));
        }
    }
    if let Some(ins) = &patient.ins {
        if !around.ins_exists {
            check
                .problems
                .push(FieldProblem::new("/patient/ins", FieldRule::NotAllowedHere));
        } else if super::identifiers::Ins::parse(ins).is_err() {
            let expected =
                "an INS: fifteen characters, the last two of which are its key".to_owned();
            check.problems.push(FieldProblem::new(
                "/patient/ins",
                FieldRule::Malformed { expected },
            ));
        }
    }
}

fn list_problems(content: &CaseContent, check: &mut TextCheck) {
    if content.work_done.len() > WORK_DONE_MAX {
        check.problems.push(FieldProblem::new(
            "/work_done",
            FieldRule::TooLong { max: WORK_DONE_MAX },
        ));
    }
    for (i, work) in content.work_done.iter().take(WORK_DONE_MAX).enumerate() {
        if work.technique.trim().is_empty() {
            check.problems.push(FieldProblem::new(
                format!("/work_done/{i}/technique"),
                FieldRule::Required,
            ));
        }
        check.at_most(format!("/work_done/{i}/technique"), &work.technique, 200);
        check.at_most(format!("/work_done/{i}/result"), &work.result, QUESTION_MAX);
    }
    if content.languages.len() > 5 {
        check.problems.push(FieldProblem::new(
            "/languages",
            FieldRule::TooLong { max: 5 },
        ));
    }
    for (i, language) in content.languages.iter().take(5).enumerate() {
        if language.len() != 2 || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            let expected = "a two-letter ISO 639-1 code in lower case".to_owned();
            check.problems.push(FieldProblem::new(
                format!("/languages/{i}"),
                FieldRule::Malformed { expected },
            ));
        }
    }
}

fn specimen_problems(content: &CaseContent, check: &mut TextCheck) {
    if content.specimens.len() > SPECIMENS_MAX {
        check.problems.push(FieldProblem::new(
            "/specimens",
            FieldRule::TooLong { max: SPECIMENS_MAX },
        ));
        return;
    }
    for (s, specimen) in content.specimens.iter().enumerate() {
        let at = format!("/specimens/{s}");
        check.required_at_most(format!("{at}/label"), &specimen.label, LABEL_MAX);
        check.at_most(format!("{at}/site"), &specimen.site, 200);
        check.at_most(format!("{at}/procedure"), &specimen.procedure, 200);
        if specimen.blocks.len() > BLOCKS_MAX {
            check.problems.push(FieldProblem::new(
                format!("{at}/blocks"),
                FieldRule::TooLong { max: BLOCKS_MAX },
            ));
        }
        for (b, block) in specimen.blocks.iter().take(BLOCKS_MAX).enumerate() {
            check.required_at_most(format!("{at}/blocks/{b}/label"), &block.label, LABEL_MAX);
        }
    }
    if content.slides().count() > SLIDES_MAX {
        check.problems.push(FieldProblem::new(
            "/specimens",
            FieldRule::TooLong { max: SLIDES_MAX },
        ));
        return;
    }
    let mut seen = HashSet::new();
    for (at, slide) in content.slides() {
        slide_problems(&at, slide, &mut seen, check);
    }
}

fn slide_problems(
    at: &str,
    slide: &SlideContent,
    seen: &mut HashSet<String>,
    check: &mut TextCheck,
) {
    check.required_at_most(format!("{at}/label"), &slide.label, LABEL_MAX);
    check.required_at_most(format!("{at}/stain"), &slide.stain, 100);
    check.at_most(
        format!("{at}/unreadable_because"),
        slide.unreadable_because.as_deref().unwrap_or_default(),
        500,
    );
    if let Err(reason) = slide.location.validate() {
        let expected = format!("a place on a slide source: {reason}");
        check.problems.push(FieldProblem::new(
            format!("{at}/location"),
            FieldRule::Malformed { expected },
        ));
    }
    if !seen.insert(format!("{}{:?}", slide.source, slide.location)) {
        check.problems.push(FieldProblem::new(
            format!("{at}/location"),
            FieldRule::Duplicate,
        ));
    }
}

/// What a draft still lacks before it can be sent, beside what [`draft_problems`] finds and what the links' checks find.
pub fn missing_for_submission(
    content: &CaseContent,
    around: &Surroundings<'_>,
) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut need = |there: bool, pointer: &str| {
        if !there {
            problems.push(FieldProblem::new(pointer, FieldRule::Required));
        }
    };
    need(!content.question.trim().is_empty(), "/question");
    need(content.subspecialty.is_some(), "/subspecialty");
    let said_why = content
        .urgency_reason
        .as_ref()
        .is_some_and(|reason| !reason.trim().is_empty());
    need(
        content.urgency_or_routine() == Urgency::Routine || said_why,
        "/urgency_reason",
    );
    need(
        !content.clinical_context.trim().is_empty(),
        "/clinical_context",
    );
    match &content.patient {
        None => need(false, "/patient"),
        Some(patient) => {
            need(
                !patient.accession_number.trim().is_empty(),
                "/patient/accession_number",
            );
            need(
                patient.ins.is_some() || !around.requires_ins,
                "/patient/ins",
            );
        }
    }
    need(
        content.patient_information.is_some(),
        "/patient_information",
    );
    need(content.slides().next().is_some(), "/specimens");
    match &content.initial_diagnosis {
        None => need(false, "/initial_diagnosis"),
        Some(diagnosis) => problems.extend(diagnosis_problem(diagnosis)),
    }
    if let Some(information) = &content.patient_information {
        for (said, name) in [
            (information.informed, "informed"),
            (information.non_opposition, "non_opposition"),
        ] {
            if !said {
                problems.push(FieldProblem::new(
                    format!("/patient_information/{name}"),
                    FieldRule::MustBeTrue,
                ));
            }
        }
    }
    problems
}

fn diagnosis_problem(diagnosis: &InitialDiagnosis) -> Option<FieldProblem> {
    let written = diagnosis
        .text
        .as_ref()
        .is_some_and(|text| !text.trim().is_empty());
    match (diagnosis.status, written) {
        (InitialDiagnosisStatus::None, true) => Some(FieldProblem::new(
            "/initial_diagnosis/text",
            FieldRule::NotAllowedHere,
        )),
        (InitialDiagnosisStatus::Formal | InitialDiagnosisStatus::Provisional, false) => Some(
            FieldProblem::new("/initial_diagnosis/text", FieldRule::Required),
        ),
        _ => None,
    }
}
