//! The document itself: pages, tags for who listens to it, the attached forms.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::luma;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime as DocumentDate, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use qrcode::{Color, EcLevel, QrCode};

use super::content::{Block, Content, Role};
use super::layout::{CODE, Line, MARGIN, PAGE, Picture, Sheet};
use super::typeface::{Typefaces, Weight};
use super::{Chain, ReportError, file_name};
use crate::texts::Language;

/// Letters of what stands at the head and the foot of a page, points.
const SMALL: f32 = 7.5;
/// Empty modules around a code (ISO/IEC 18004).
const QUIET: usize = 4;

fn failed(what: impl std::fmt::Display) -> ReportError {
    ReportError::Document(what.to_string())
}

/// Draws the pages and attaches the signed forms.
pub(super) fn draw(
    content: &Content,
    sheets: &[Sheet],
    faces: &Typefaces,
    chain: &Chain,
    language: Language,
) -> Result<Vec<u8>, ReportError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| failed(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let mut tags: Vec<Tagged> = content.blocks.iter().map(|_| Tagged::default()).collect();
    let code = QrCode::with_error_correction_level(content.place.as_bytes(), EcLevel::M)
        .map_err(failed)?;
    for (number, sheet) in sheets.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("A4"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        around(&mut surface, content, faces, (number, sheets.len()));
        for line in &sheet.lines {
            let said = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            write(&mut surface, faces, line);
            surface.end_tagged();
            Tagged::add(&mut tags, line, said);
        }
        for one in &sheet.pictures {
            let drawn = surface.start_tagged(ContentTag::Other);
            show(&mut surface, one, chain)?;
            surface.end_tagged();
            if let Some(block) = tags.get_mut(one.of) {
                block.picture = Some(drawn);
            }
        }
        if let Some(corner) = sheet.code {
            let drawn = surface.start_tagged(ContentTag::Other);
            picture(&mut surface, &code, corner);
            surface.end_tagged();
            let blocks = content.blocks.iter().zip(&mut tags);
            for (_, block) in blocks.filter(|(block, _)| matches!(block, Block::Code(_))) {
                block.code = Some(drawn);
            }
        }
        surface.finish();
        for line in sheet.lines.iter().filter(|line| line.role == Role::Link) {
            let link = page.add_tagged_annotation(link(line, faces, content)?);
            Tagged::add(&mut tags, line, link);
        }
        page.finish();
    }
    document.set_outline(outline(content, sheets));
    document.set_tag_tree(tree(content, tags, language)?);
    document.set_metadata(metadata(content, chain, language));
    attach(&mut document, chain)?;
    document
        .finish()
        .map_err(|error| failed(format!("{error:?}")))
}

/// What was drawn of a block.
#[derive(Default)]
struct Tagged {
    /// Of each of its texts.
    parts: BTreeMap<usize, (Role, Vec<Identifier>)>,
    code: Option<Identifier>,
    picture: Option<Identifier>,
}

impl Tagged {
    fn add(tags: &mut [Self], line: &Line, drawn: Identifier) {
        let (block, part) = line.of;
        if let Some(block) = tags.get_mut(block) {
            let so_far = block.parts.entry(part).or_insert((line.role, Vec::new()));
            so_far.1.push(drawn);
        }
    }

    /// Its texts, one after the other.
    fn texts(self) -> impl Iterator<Item = (Role, Vec<Identifier>)> {
        self.parts.into_values()
    }
}

/// Ink of a lightness from 0, black, to 255.
fn ink(lightness: u8) -> Fill {
    Fill {
        paint: luma::Color::new(lightness).into(),
        ..Fill::default()
    }
}

/// The head and the foot of a page.
fn around(
    surface: &mut Surface<'_>,
    content: &Content,
    faces: &Typefaces,
    (number, pages): (usize, usize),
) {
    let mut at = |kind, text: String, right: bool, y: f32| {
        let text = faces.drawable(&text);
        let wide = faces.of(Weight::Regular).width(&text, SMALL);
        let x = if right {
            PAGE.0 - MARGIN - wide
        } else {
            MARGIN
        };
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        surface.set_fill(Some(ink(90)));
        letters(surface, faces, Weight::Regular, &text, SMALL, (x, y));
        surface.end_tagged();
    };
    if number > 0 {
        at(ArtifactType::Header, content.head.clone(), false, MARGIN);
    }
    let foot = PAGE.1 - MARGIN + 8.0;
    at(ArtifactType::Footer, content.foot.clone(), false, foot);
    at(
        ArtifactType::Footer,
        format!("{} / {pages}", number + 1),
        true,
        foot,
    );
}

fn write(surface: &mut Surface<'_>, faces: &Typefaces, line: &Line) {
    let lightness = if line.role == Role::Name { 70 } else { 0 };
    surface.set_fill(Some(ink(lightness)));
    letters(surface, faces, line.weight, &line.text, line.size, line.at);
}

/// Draws letters one after the other. Every letter of a drawable text has a picture.
fn letters(
    surface: &mut Surface<'_>,
    faces: &Typefaces,
    weight: Weight,
    text: &str,
    size: f32,
    (x, y): (f32, f32),
) {
    let face = faces.of(weight);
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .filter_map(|(at, letter)| {
            let (glyph, advance) = face.glyph(letter)?;
            let of = at..at + letter.len_utf8();
            let glyph = GlyphId::new(u32::from(glyph));
            Some(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, of, None))
        })
        .collect();
    surface.draw_glyphs(
        Point::from_xy(x, y),
        &glyphs,
        face.font.clone(),
        text,
        size,
        false,
    );
}

/// Draws a picture of those that the opinion shows, byte for byte as it was signed.
fn show(surface: &mut Surface<'_>, picture: &Picture, chain: &Chain) -> Result<(), ReportError> {
    let bytes = chain.2.get(picture.place);
    let bytes = bytes.ok_or_else(|| failed("a picture is missing"))?;
    let image = Image::from_jpeg(bytes.clone().into(), false).map_err(failed)?;
    let (width, height) = picture.size;
    let size = Size::from_wh(width, height).ok_or_else(|| failed("an empty picture"))?;
    let (left, top) = picture.at;
    surface.push_transform(&Transform::from_translate(left, top));
    surface.draw_image(image, size);
    surface.pop();
    Ok(())
}

/// Draws a code, each of its rows as few rectangles.
fn picture(surface: &mut Surface<'_>, code: &QrCode, (left, top): (f32, f32)) {
    let modules = code.width();
    let colours = code.to_colors();
    let sides = u16::try_from(modules + 2 * QUIET).unwrap_or(u16::MAX);
    let side = CODE / f32::from(sides);
    let place = |n: usize| f32::from(u16::try_from(n + QUIET).unwrap_or(u16::MAX)) * side;
    let mut path = PathBuilder::new();
    for (row, colours) in colours.chunks(modules.max(1)).enumerate() {
        let mut at = 0;
        for run in colours.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let (x, y) = (left + place(at), top + place(row));
                let wide = place(at + run.len()) - place(at);
                if let Some(dark) = Rect::from_xywh(x, y, wide, side) {
                    path.push_rect(dark);
                }
            }
            at += run.len();
        }
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(ink(0)));
        surface.draw_path(&path);
    }
}

/// The address as a link.
fn link(line: &Line, faces: &Typefaces, content: &Content) -> Result<Annotation, ReportError> {
    let wide = faces.of(line.weight).width(&line.text, line.size);
    let (x, y) = line.at;
    let around = Rect::from_xywh(x, y - line.size, wide, line.size * 1.3);
    let target = Target::Action(Action::Link(LinkAction::new(content.place.clone())));
    let link = LinkAnnotation::new(around.ok_or_else(|| failed("an empty address"))?, target);
    Ok(Annotation::new_link(link, Some(content.code_said.clone())))
}

fn is_heading(block: &Block) -> Option<(&String, u16)> {
    match block {
        Block::Title(text) => Some((text, 1)),
        Block::Heading(text) => Some((text, 2)),
        _ => None,
    }
}

/// Where each heading stands.
fn outline(content: &Content, sheets: &[Sheet]) -> Outline {
    let mut outline = Outline::new();
    for (number, block) in content.blocks.iter().enumerate() {
        let Some((text, _)) = is_heading(block) else {
            continue;
        };
        let mut lines = sheets
            .iter()
            .enumerate()
            .flat_map(|(page, sheet)| sheet.lines.iter().map(move |line| (page, line)));
        if let Some((page, line)) = lines.find(|(_, line)| line.of.0 == number) {
            let to = Point::from_xy(0.0, line.at.1 - line.size);
            let to = XyzDestination::new(page, to);
            outline.push_child(OutlineNode::new(text.clone(), to));
        }
    }
    outline
}

/// The tags, in reading order: headings, texts, names with their values as lists.
fn tree(content: &Content, tags: Vec<Tagged>, language: Language) -> Result<TagTree, ReportError> {
    let mut tree = TagTree::new().with_lang(Some(language.code().to_owned()));
    let mut facts: Option<TagGroup> = None;
    for (block, tagged) in content.blocks.iter().zip(tags) {
        if let Block::Fact(..) = block {
            let list = facts.get_or_insert_with(|| TagGroup::new(Tag::L(ListNumbering::None)));
            list.push(fact(tagged));
            continue;
        }
        tree_end(&mut tree, &mut facts);
        if let Some((text, level)) = is_heading(block) {
            let level = NonZeroU16::new(level).ok_or_else(|| failed("a heading"))?;
            let heading = Tag::Hn(level, Some(text.clone()));
            let said = tagged.texts().flat_map(|(_, said)| said).collect();
            tree.push(group(heading, said));
            continue;
        }
        if let (Some(picture), Block::Picture { caption, .. }) = (tagged.picture, block) {
            let figure = Tag::Figure(Some(caption.clone()));
            tree.push(group(figure, vec![picture]));
        }
        if let Some(code) = tagged.code {
            let figure = Tag::Figure(Some(content.code_said.clone()));
            tree.push(group(figure, vec![code]));
        }
        for (role, said) in tagged.texts() {
            if role == Role::Link {
                let link = group(Tag::Link, said);
                tree.push(TagGroup::with_children(Tag::P, vec![link.into()]));
            } else {
                tree.push(group(Tag::P, said));
            }
        }
    }
    tree_end(&mut tree, &mut facts);
    Ok(tree)
}

fn tree_end(tree: &mut TagTree, facts: &mut Option<TagGroup>) {
    if let Some(list) = facts.take() {
        tree.push(list);
    }
}

fn fact(tagged: Tagged) -> TagGroup {
    let mut item = TagGroup::new(Tag::LI);
    for (role, said) in tagged.texts() {
        if role == Role::Name {
            item.push(group(Tag::Lbl, said));
        } else {
            item.push(group(Tag::LBody, said));
        }
    }
    item
}

fn group(tag: impl Into<TagKind>, said: Vec<Identifier>) -> TagGroup {
    let mut group = TagGroup::new(tag);
    for one in said {
        group.push(one);
    }
    group
}

fn metadata(content: &Content, chain: &Chain, language: Language) -> Metadata {
    let metadata = Metadata::new()
        .title(content.title.clone())
        .language(language.code().to_owned())
        .creator("Relecture".to_owned())
        .producer("Relecture".to_owned());
    let Some((printed, _)) = chain.parts() else {
        return metadata;
    };
    let statement = &printed.statement;
    metadata
        .authors(vec![statement.signed_by.name.clone()])
        .document_id(format!("{} {}", statement.opinion.id, language.code()))
        .creation_date(date(statement.signed_at))
}

fn date(at: DateTime<Utc>) -> DocumentDate {
    let small = |n: u32| u8::try_from(n).unwrap_or_default();
    DocumentDate::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
}

/// Attaches every signed form as it is, not compressed: whoever looks into the file with nothing but an editor finds it.
fn attach(document: &mut Document, chain: &Chain) -> Result<(), ReportError> {
    let last = chain.0.len().saturating_sub(1);
    let positions = chain.1.iter().map(|position| &position.signed);
    for (place, version) in chain.0.iter().chain(positions).enumerate() {
        let number = version.statement.opinion.version;
        let printed = place == last;
        let file = EmbeddedFile {
            path: file_name(&version.statement, printed),
            mime_type: MimeType::new("application/jose+json"),
            description: Some(format!(
                "JAdES, version {number}, SHA-256 {}",
                version.sha256
            )),
            association_kind: if printed {
                AssociationKind::Source
            } else {
                AssociationKind::Supplement
            },
            data: version.form.clone().into_bytes().into(),
            modification_date: Some(date(version.statement.signed_at)),
            compress: Some(false),
            location: None,
        };
        document
            .embed_file(file)
            .ok_or_else(|| failed("two versions of one number"))?;
    }
    attach_pictures(document, chain)
}

/// Attaches every picture that is shown as it was signed: its digest is in the form.
fn attach_pictures(document: &mut Document, chain: &Chain) -> Result<(), ReportError> {
    let Some((printed, _)) = chain.parts() else {
        return Ok(());
    };
    let named = printed.statement.snapshots.iter().zip(&chain.2);
    for (number, (one, picture)) in named.enumerate() {
        let file = EmbeddedFile {
            path: format!("snapshot-{}.jpg", number + 1),
            mime_type: MimeType::new("image/jpeg"),
            description: Some(format!("SHA-256 {}", one.sha256)),
            association_kind: AssociationKind::Data,
            data: picture.clone().into(),
            modification_date: Some(date(one.taken_at)),
            compress: Some(false),
            location: None,
        };
        let attached = document.embed_file(file);
        attached.ok_or_else(|| failed("two pictures of one number"))?;
    }
    Ok(())
}
