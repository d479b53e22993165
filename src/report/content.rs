//! What a report says, in the order in which it is read: the conclusion before all, how to verify it at the end.

use super::{Position, Version};
use crate::domain::codes::Coded;
use crate::domain::ids::SlideId;
use crate::domain::opinions::{AiAssistance, OpinionContent, OpinionKind};
use crate::domain::statement::Statement;
use crate::domain::text_enum::TextEnum;
use crate::texts::{Language, slide_read, snapshot_view, text};

/// What is printed.
pub(super) struct Content {
    /// The title of the document.
    pub(super) title: String,
    /// At the head of each page but the first.
    pub(super) head: String,
    /// At the foot of each page.
    pub(super) foot: String,
    /// The address of the page that verifies it.
    pub(super) place: String,
    /// What the code is, for who cannot see it.
    pub(super) code_said: String,
    pub(super) blocks: Vec<Block>,
}

/// A part of what is printed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// The title.
    Title(String),
    /// A heading.
    Heading(String),
    /// A text.
    Paragraph(String),
    /// Something that must not be overlooked.
    Notice(String),
    /// A name with its value.
    Fact(String, String),
    /// A picture: which one of those that the opinion shows, its width and height in pixels, and what is written below it.
    Picture {
        place: usize,
        size: (u32, u32),
        caption: String,
    },
    /// The code that leads to the page that verifies, and what stands beside it.
    Code(Vec<(Role, String)>),
}

/// What a line is within its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a fact.
    Name,
    /// The text itself.
    Body,
    /// The address, which can be followed.
    Link,
}

/// Words of the reader's language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    fn t(self, key: &str) -> String {
        text(self.0, key, &[])
    }

    fn tn(self, key: &str, n: u32) -> String {
        text(self.0, key, &[("n", n.into())])
    }

    fn ts(self, key: &str, x: &str) -> String {
        text(self.0, key, &[("x", x.to_owned().into())])
    }

    fn word(self, prefix: &str, name: impl TextEnum) -> String {
        self.t(&format!("{prefix}-{}", name.as_str().replace('_', "-")))
    }

    fn either(self, french: Option<&String>, english: Option<&String>) -> String {
        let words = match self.0 {
            Language::French => french.or(english),
            Language::English => english.or(french),
        };
        words.cloned().unwrap_or_default()
    }
}

/// What the report of a version says.
pub(super) fn of(
    words: Words,
    printed: &Version,
    earlier: &[Version],
    said: &[Position],
    place: &str,
) -> Content {
    let statement = &printed.statement;
    let kind = words.word("opinion", statement.opinion.kind);
    let number = words.tn("version", statement.opinion.version);
    let reference = &statement.case.reference;
    let mut blocks = vec![Block::Title(kind.clone())];
    blocks.extend(whose(words, printed));
    blocks.extend(notice(words, statement, earlier));
    blocks.extend(answer(words, statement));
    blocks.extend(panel(words, statement));
    blocks.extend(positions(words, statement, said));
    blocks.extend(synoptic(words, statement));
    blocks.extend(sections(words, &statement.content));
    blocks.extend(pictures(words, statement));
    blocks.extend(slides(words, statement));
    blocks.push(Block::Heading(words.t("ai-title")));
    blocks.push(Block::Paragraph(program(
        words,
        statement.content.ai_assistance.as_ref(),
    )));
    blocks.extend(versions(words, printed, earlier));
    blocks.extend(proof(words, printed, place));
    Content {
        title: format!("{kind} · {reference} · {number}"),
        head: format!("{reference} · {kind} · {number}"),
        foot: words.ts("report-foot", printed.sha256.get(..16).unwrap_or_default()),
        place: place.to_owned(),
        code_said: words.ts("report-code", place),
        blocks,
    }
}

fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Parts of a text that are there.
fn joined(parts: &[Option<String>]) -> String {
    let there: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    there.join(", ")
}

/// Which case, who asked, who signed, when.
fn whose(words: Words, printed: &Version) -> Vec<Block> {
    let statement = &printed.statement;
    let (asked, signed) = (&statement.requested_by, &statement.signed_by);
    let mut facts = vec![
        ("verify-case", statement.case.reference.clone()),
        ("verify-version", statement.opinion.version.to_string()),
        (
            "verify-asked-by",
            joined(&[
                Some(asked.name.clone()),
                Some(asked.laboratory_name.clone()),
                asked.finess.as_ref().map(|n| format!("FINESS {n}")),
            ]),
        ),
        (
            "verify-signed-by",
            joined(&[
                Some(signed.name.clone()),
                signed.rpps.as_ref().map(|n| format!("RPPS {n}")),
                Some(signed.network_name.clone()),
            ]),
        ),
        ("verify-signed-at", instant(statement.signed_at)),
    ];
    facts.push(match &printed.stamp {
        Some(stamp) => {
            let stamped = format!("{}, {}", instant(stamp.at), stamp.authority);
            ("verify-stamped", stamped)
        }
        None => ("verify-stamp", words.t("verify-stamp-none")),
    });
    if let Some(reason) = &statement.opinion.reason {
        facts.push(("opinion-reason", reason.clone()));
    }
    named(words, facts)
}

fn named(words: Words, facts: Vec<(&'static str, String)>) -> Vec<Block> {
    facts
        .into_iter()
        .map(|(key, value)| Block::Fact(words.t(key), value))
        .collect()
}

/// What this version does to the one before; what adds to an opinion or mends it, to the one of the same clock cycle.
fn notice(words: Words, statement: &Statement, earlier: &[Version]) -> Option<Block> {
    let kind = statement.opinion.kind;
    let mends = !matches!(
        kind,
        OpinionKind::Preliminary
            | OpinionKind::Opinion
            | OpinionKind::Reading
            | OpinionKind::Cosignature
            | OpinionKind::Dissent
    );
    let same = |one: &&Version| one.statement.opinion.cycle == statement.opinion.cycle;
    let before = earlier.iter().rev().find(|one| !mends || same(one))?;
    let before = before.statement.opinion.version;
    let key = match kind {
        OpinionKind::Preliminary
        | OpinionKind::Opinion
        | OpinionKind::Reading
        | OpinionKind::Cosignature
        | OpinionKind::Dissent => "report-again",
        OpinionKind::Addendum => "report-addendum",
        OpinionKind::Correction => "report-correction",
        OpinionKind::Amendment => "report-amendment",
    };
    Some(Block::Notice(words.tn(key, before)))
}

/// The conclusion and what belongs to it.
fn answer(words: Words, statement: &Statement) -> Vec<Block> {
    let content = &statement.content;
    let mut blocks = vec![
        Block::Heading(words.t("opinion-field-conclusion")),
        Block::Paragraph(content.conclusion.clone()),
    ];
    let codes = statement.codes.iter().map(|code| coded(words, code));
    let concordance = content
        .concordance
        .map(|one| ("concordance", words.word("concordance", one)));
    let initial = statement
        .initial_diagnosis_status
        .map(|one| ("report-initial", words.word("initial", one)));
    let confidence = content
        .confidence
        .map(|one| ("confidence", words.word("confidence", one)));
    let facts = [concordance, initial, confidence];
    blocks.extend(named(words, facts.into_iter().flatten().collect()));
    blocks.extend(codes);
    blocks
}

fn coded(words: Words, code: &Coded) -> Block {
    use crate::domain::codes::CodeSystem;
    let system = match code.system {
        CodeSystem::Adicap => "opinion-field-adicap",
        CodeSystem::Topography => "opinion-field-topography",
        CodeSystem::Morphology => "opinion-field-morphology",
    };
    let label = words.either(code.fr.as_ref(), code.en.as_ref());
    Block::Fact(words.t(system), format!("{} {label}", code.code))
}

/// What each reader of the panel read: where they disagree, that is shown.
fn panel(words: Words, statement: &Statement) -> Vec<Block> {
    if statement.panel.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Heading(words.t("panel-readings"))];
    blocks.extend(statement.panel.iter().map(|reading| {
        let concordance = reading.concordance;
        let concordance = concordance.map(|one| format!(" ({})", words.word("concordance", one)));
        let said = &reading.conclusion;
        let (against, sha256) = (concordance.unwrap_or_default(), &reading.sha256);
        Block::Fact(
            reading.name.clone(),
            format!("{said}{against}\nSHA-256 {sha256}"),
        )
    }));
    blocks
}

/// What the other readers of the panel say of it; what is still to come is said too.
fn positions(words: Words, statement: &Statement, said: &[Position]) -> Vec<Block> {
    let signer = statement.signed_by.person;
    let others = statement.panel.iter().filter(|one| one.reader != signer);
    let facts = others.map(|reader| {
        let own = |one: &&Position| one.signed.statement.opinion.version == reader.seat;
        let word = match said.iter().find(own) {
            None => words.t("position-awaited"),
            Some(Position { stance, signed }) => {
                let (word, at) = (
                    words.word("stance", *stance),
                    instant(signed.statement.signed_at),
                );
                let reason = signed.statement.opinion.reason.as_ref();
                let reason = reason
                    .map(|reason| format!("\n{reason}"))
                    .unwrap_or_default();
                format!("{word}, {at}{reason}\nSHA-256 {}", signed.sha256)
            }
        };
        Block::Fact(reader.name.clone(), word)
    });
    let facts: Vec<Block> = facts.collect();
    let heading = (!facts.is_empty()).then(|| Block::Heading(words.t("panel-positions")));
    heading.into_iter().chain(facts).collect()
}

/// The answers to the synoptic template, in the words that were signed.
fn synoptic(words: Words, statement: &Statement) -> Vec<Block> {
    let Some(said) = &statement.synoptic else {
        return Vec::new();
    };
    let title = words.either(Some(&said.fr), Some(&said.en));
    let mut blocks = vec![Block::Heading(title)];
    blocks.extend(said.elements.iter().map(|element| {
        let name = words.either(Some(&element.fr), Some(&element.en));
        let said = words.either(Some(&element.said_fr), Some(&element.said_en));
        Block::Fact(name, said)
    }));
    blocks
}

/// The sections that were written, but for the conclusion.
fn sections(words: Words, content: &OpinionContent) -> Vec<Block> {
    let sections = [
        ("clinical-information", &content.clinical_information),
        ("macroscopy", &content.macroscopy),
        ("microscopy", &content.microscopy),
        ("ancillary-studies", &content.ancillary_studies),
        ("comment", &content.comment),
        ("recommendation", &content.recommendation),
        ("limits", &content.limits),
        ("references", &content.references),
        ("technical-incidents", &content.technical_incidents),
    ];
    sections
        .into_iter()
        .filter(|(_, written)| !written.trim().is_empty())
        .flat_map(|(name, written)| {
            let heading = words.t(&format!("opinion-field-{name}"));
            [Block::Heading(heading), Block::Paragraph(written.clone())]
        })
        .collect()
}

/// The pictures that it shows, each with what it shows in words, where that is on its slide, and the digest that was signed.
fn pictures(words: Words, statement: &Statement) -> Vec<Block> {
    if statement.snapshots.is_empty() {
        return Vec::new();
    }
    let named = |slide: SlideId| {
        let known = statement.slides.iter().find(|one| one.id == slide);
        known.map_or_else(
            || slide.to_string(),
            |one| format!("{} · {}", one.label, one.stain),
        )
    };
    let mut blocks = vec![Block::Heading(words.t("report-snapshots"))];
    let each = statement.snapshots.iter().enumerate();
    blocks.extend(each.map(|(place, one)| {
        let mut said = statement.content.snapshots.iter();
        let said = said.find(|said| said.snapshot == one.snapshot);
        let said = said.map_or("", |said| said.words.trim());
        let about = format!(
            "{} · {}",
            named(one.view.slide),
            snapshot_view(words.0, &one.view)
        );
        let at = instant(one.taken_at);
        let sha256 = format!("SHA-256 {}", one.sha256);
        let lines = [said, &about, &at, &sha256];
        let there: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        Block::Picture {
            place,
            size: (one.view.width, one.view.height),
            caption: format!("{}. {}", place + 1, there.join("\n")),
        }
    }));
    blocks
}

/// The slides of the case, and which of them the expert declares to have looked at.
fn slides(words: Words, statement: &Statement) -> Vec<Block> {
    if statement.slides.is_empty() {
        return Vec::new();
    }
    let consulted = &statement.content.slides_consulted;
    let mut blocks = vec![Block::Heading(words.t("report-slides"))];
    blocks.extend(statement.slides.iter().map(|slide| {
        let declared = if consulted.contains(&slide.id) {
            "report-slide-consulted"
        } else {
            "report-slide-not-declared"
        };
        let read = statement.reading.as_ref().map(|all| {
            let read = all.iter().find(|one| one.slide == slide.id);
            slide_read(words.0, read)
        });
        let unreadable = (!slide.readable).then(|| words.t("report-slide-unreadable"));
        let said = joined(&[Some(words.t(declared)), read, unreadable]);
        Block::Fact(format!("{} · {}", slide.label, slide.stain), said)
    }));
    blocks
}

/// The program that took part; that there was none is a declaration too.
fn program(words: Words, tool: Option<&AiAssistance>) -> String {
    let Some(tool) = tool else {
        return words.t("ai-none");
    };
    let marking = words.t(if tool.ce_marked {
        "ai-ce-marked"
    } else {
        "ai-not-ce-marked"
    });
    let (name, version) = (&tool.tool, &tool.version);
    format!(
        "{name} {version} ({marking}). {}\n{}",
        tool.intended_use, tool.effect
    )
}

/// This version and those before it.
fn versions(words: Words, printed: &Version, earlier: &[Version]) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(words.t("report-versions"))];
    blocks.extend(earlier.iter().chain([printed]).map(|version| {
        let statement = &version.statement;
        let name = format!(
            "{} · {}",
            words.tn("version", statement.opinion.version),
            words.word("opinion", statement.opinion.kind)
        );
        let (at, by) = (instant(statement.signed_at), &statement.signed_by.name);
        Block::Fact(name, format!("{at}, {by}\nSHA-256 {}", version.sha256))
    }));
    blocks.push(Block::Paragraph(words.t("report-latest")));
    blocks
}

/// How to find out that nothing was changed.
fn proof(words: Words, printed: &Version, place: &str) -> Vec<Block> {
    vec![
        Block::Heading(words.t("report-proof")),
        Block::Code(vec![
            (Role::Body, words.t("report-how")),
            (Role::Link, place.to_owned()),
            (Role::Body, words.t("report-what")),
            (Role::Body, words.t("report-limits")),
        ]),
        Block::Fact(
            words.t("report-authority"),
            format!("SHA-256 {}", printed.authority),
        ),
    ]
}
