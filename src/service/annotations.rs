//! What people draw on the slides of a case. Everybody who sees the whole case sees it; who drew it may change it or take it away,
//! as long as they have a part in the case and it is not over. Every version stays on record.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::relations_to;
use super::cases::record_read;
use super::documents::Named;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::panel_documents::unseen_authors;
use super::{Core, Exchange, audit};
use crate::domain::annotation_exchange::{Exchanged, FeatureCollection};
pub use crate::domain::annotations::AnnotationContent;
use crate::domain::annotations::{AnnotationAction, PER_SLIDE_MAX};
use crate::domain::cases::CaseState;
use crate::domain::ids::{AnnotationId, CaseId, PersonId, SlideId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, annotates, view};
use crate::domain::text_enum::TextEnum;
use crate::store::annotations::{AnnotationEventRow, AnnotationRow};
use crate::store::cases::CaseRow;
use crate::store::{self, Conn, StoreError, id, instant, json, micros, name, to_json};

/// An annotation as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct AnnotationDocument {
    /// Identifier.
    pub id: AnnotationId,
    /// The slide it is drawn on.
    pub slide: SlideId,
    /// What is drawn, and what it is called.
    #[serde(flatten)]
    pub content: AnnotationContent,
    /// Who drew it.
    pub author: Named<PersonId>,
    /// Version, which the ETag repeats.
    pub version: i64,
    /// When it was drawn.
    pub created_at: DateTime<Utc>,
    /// When it was drawn or named last.
    pub changed_at: DateTime<Utc>,
}

/// A version of an annotation.
#[derive(Debug, Clone, Serialize)]
pub struct AnnotationVersion {
    /// Its number, from 1.
    pub version: i64,
    /// What was done.
    pub action: AnnotationAction,
    /// By whom.
    pub by: Named<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What was drawn then; for a removal, what was removed.
    #[serde(flatten)]
    pub content: AnnotationContent,
}

/// A slide of a case.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The case.
    pub case: CaseId,
    /// The slide.
    pub slide: SlideId,
}

/// Who acts on a case, and as what.
struct Hand<'c> {
    core: &'c Core,
    actor: &'c Actor,
    place: Place,
    relations: Vec<Relation>,
    /// Whose drawings they do not see.
    unseen: Vec<String>,
    row: CaseRow,
    /// Width and height of the slide, where a check of its link found them.
    size: Option<(u64, u64)>,
}

impl<'c> Hand<'c> {
    /// For who sees the whole case.
    fn on(
        conn: &mut Conn,
        core: &'c Core,
        actor: &'c Actor,
        place: Place,
    ) -> Result<Self, ServiceError> {
        let row = store::cases::find(conn, place.case)?.ok_or(ServiceError::NotFound)?;
        let relations = relations_to(conn, actor, &row)?;
        if view(&relations) != Some(View::Full) {
            return Err(ServiceError::NotFound);
        }
        let unseen = unseen_authors(conn, &row, &relations, actor)?;
        let slides = store::slides::of_case(conn, place.case)?;
        let slide = slides.into_iter().find(|one| one.id == place.slide);
        let facts = slide.ok_or(ServiceError::NotFound)?.facts;
        Ok(Self {
            core,
            actor,
            place,
            relations,
            unseen,
            row,
            size: facts.map(|facts| (facts.width, facts.height)),
        })
    }

    fn reads_as(&self) -> Result<Relation, ServiceError> {
        self.relations
            .first()
            .copied()
            .ok_or(ServiceError::NotFound)
    }

    /// As what they draw.
    fn draws_as(&self) -> Result<Relation, ServiceError> {
        annotates(&self.relations).ok_or(ServiceError::Forbidden(
            "only who has a part in the case draws on its slides",
        ))
    }

    fn still_goes_on(&self) -> Result<(), ServiceError> {
        let state: CaseState = name(&self.row.state)?;
        if state.is_over() {
            return Err(ServiceError::Conflict(
                "the case is over: what is drawn on its slides stays as it is",
            ));
        }
        Ok(())
    }

    fn one(&self, conn: &mut Conn, key: AnnotationId) -> Result<AnnotationRow, ServiceError> {
        let Place { case, slide } = self.place;
        let row = store::annotations::find(conn, case, slide, key)?;
        row.filter(|row| !self.unseen.contains(&row.author_id))
            .ok_or(ServiceError::NotFound)
    }

    /// One that is there and is theirs, at the version they read.
    fn own(
        &self,
        conn: &mut Conn,
        key: AnnotationId,
        read: i64,
    ) -> Result<AnnotationRow, ServiceError> {
        let row = self.one(conn, key)?;
        if row.removed_at.is_some() {
            return Err(ServiceError::NotFound);
        }
        self.draws_as()?;
        if row.author_id != self.actor.person.to_string() {
            return Err(ServiceError::Forbidden(
                "only who drew it changes it or takes it away",
            ));
        }
        if row.version != read {
            return Err(ServiceError::Stale {
                current: row.version,
            });
        }
        self.still_goes_on()?;
        Ok(row)
    }

    fn new_row(
        &self,
        content: &AnnotationContent,
        batch: Option<&AnnotationId>,
    ) -> Result<AnnotationRow, StoreError> {
        let now = micros(self.core.clock.now());
        Ok(AnnotationRow {
            id: AnnotationId::new(self.core.ids.as_ref()).to_string(),
            case_id: self.place.case.to_string(),
            slide_id: self.place.slide.to_string(),
            author_id: self.actor.person.to_string(),
            version: 1,
            content: to_json(content)?,
            batch_id: batch.map(ToString::to_string),
            created_at: now,
            changed_at: now,
            removed_at: None,
        })
    }

    fn record(
        &self,
        conn: &mut Conn,
        action: AnnotationAction,
        row: &AnnotationRow,
    ) -> Result<(), StoreError> {
        let event = AnnotationEventRow {
            annotation_id: row.id.clone(),
            version: row.version,
            action: action.as_str().to_owned(),
            person_id: self.actor.person.to_string(),
            at: row.changed_at,
            content: row.content.clone(),
        };
        store::annotations::insert_event(conn, &event)
    }

    fn audit(&self, conn: &mut Conn, action: &str, request_id: &str) -> Result<(), ServiceError> {
        let (person, case) = (self.actor.person, Some(self.place.case));
        let relation = self.draws_as()?;
        let entry = audit::entry(self.core, person, relation, action, case, request_id);
        Ok(store::traces::insert_audit(conn, &entry)?)
    }
}

fn documents(
    conn: &mut Conn,
    rows: Vec<AnnotationRow>,
) -> Result<Vec<AnnotationDocument>, ServiceError> {
    let authors = rows.iter().map(|row| id(&row.author_id));
    let names = names(conn, authors.collect::<Result<_, _>>()?)?;
    let each = rows.into_iter().map(|row| {
        Ok(AnnotationDocument {
            id: id(&row.id)?,
            slide: id(&row.slide_id)?,
            content: json(&row.content)?,
            author: named(&names, id(&row.author_id)?),
            version: row.version,
            created_at: instant(row.created_at)?,
            changed_at: instant(row.changed_at)?,
        })
    });
    each.collect()
}

fn document(conn: &mut Conn, row: AnnotationRow) -> Result<AnnotationDocument, ServiceError> {
    let one = documents(conn, vec![row])?.into_iter().next();
    one.ok_or(ServiceError::NotFound)
}

fn names(
    conn: &mut Conn,
    mut people: Vec<PersonId>,
) -> Result<HashMap<PersonId, String>, StoreError> {
    people.sort_unstable();
    people.dedup();
    store::people::display_names(conn, &people)
}

fn named(names: &HashMap<PersonId, String>, person: PersonId) -> Named<PersonId> {
    Named {
        id: person,
        name: names.get(&person).cloned().unwrap_or_default(),
    }
}

/// What is drawn on a slide, and what a person may do about it.
#[derive(Debug)]
pub struct Seen {
    /// The annotations, the oldest first.
    pub annotations: Vec<AnnotationDocument>,
    /// Whether the person may draw there now.
    pub draws: bool,
    relation: Relation,
}

/// What is drawn on a slide, for somebody whose reading of the case is on record already.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not see the whole case, and for a slide of another one.
pub async fn seen(ex: &Exchange, actor: &Actor, place: Place) -> Result<Seen, ServiceError> {
    let (core, actor) = (ex.core.clone(), actor.clone());
    ex.store
        .read(move |conn| {
            let hand = Hand::on(conn, &core, &actor, place)?;
            let mut rows = store::annotations::of_slide(conn, place.case, place.slide)?;
            rows.retain(|row| !hand.unseen.contains(&row.author_id));
            Ok(Seen {
                annotations: documents(conn, rows)?,
                draws: hand.draws_as().is_ok() && hand.still_goes_on().is_ok(),
                relation: hand.reads_as()?,
            })
        })
        .await
}

/// The same, put on record.
///
/// # Errors
/// As [`seen`].
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    request_id: &str,
) -> Result<Vec<AnnotationDocument>, ServiceError> {
    let seen = seen(ex, actor, place).await?;
    let relation = seen.relation;
    record_read(
        ex,
        actor,
        place.case,
        relation,
        "read_annotations",
        request_id,
    )
    .await?;
    Ok(seen.annotations)
}

/// The same, for other programs.
///
/// # Errors
/// As [`seen`].
pub async fn for_exchange(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    request_id: &str,
) -> Result<Vec<Exchanged>, ServiceError> {
    let found = list(ex, actor, place, request_id).await?;
    let exchanged = found.into_iter().map(|one| Exchanged {
        id: one.id,
        content: one.content,
        author: (one.author.id, one.author.name),
        created_at: one.created_at,
        changed_at: one.changed_at,
    });
    Ok(exchanged.collect())
}

/// One annotation.
///
/// # Errors
/// As [`seen`], and [`ServiceError::NotFound`] for one that was removed.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    key: AnnotationId,
    request_id: &str,
) -> Result<AnnotationDocument, ServiceError> {
    let (core, person) = (ex.core.clone(), actor.clone());
    let (found, relation) = ex
        .store
        .read(move |conn| {
            let hand = Hand::on(conn, &core, &person, place)?;
            let row = hand.one(conn, key)?;
            if row.removed_at.is_some() {
                return Err(ServiceError::NotFound);
            }
            Ok((document(conn, row)?, hand.reads_as()?))
        })
        .await?;
    record_read(
        ex,
        actor,
        place.case,
        relation,
        "read_annotations",
        request_id,
    )
    .await?;
    Ok(found)
}

/// Every version of an annotation, the first one first; of a removed one too.
///
/// # Errors
/// As [`seen`].
pub async fn versions(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    key: AnnotationId,
    request_id: &str,
) -> Result<Vec<AnnotationVersion>, ServiceError> {
    let (core, person) = (ex.core.clone(), actor.clone());
    let (found, relation) = ex
        .store
        .read(move |conn| {
            let hand = Hand::on(conn, &core, &person, place)?;
            hand.one(conn, key)?;
            let events = store::annotations::events_of(conn, key)?;
            let people = events.iter().map(|event| id(&event.person_id));
            let names = names(conn, people.collect::<Result<_, _>>()?)?;
            let each = events.into_iter().map(|event| {
                Ok::<_, ServiceError>(AnnotationVersion {
                    version: event.version,
                    action: name(&event.action)?,
                    by: named(&names, id(&event.person_id)?),
                    at: instant(event.at)?,
                    content: json(&event.content)?,
                })
            });
            Ok::<_, ServiceError>((each.collect::<Result<Vec<_>, _>>()?, hand.reads_as()?))
        })
        .await?;
    record_read(
        ex,
        actor,
        place.case,
        relation,
        "read_annotations",
        request_id,
    )
    .await?;
    Ok(found)
}

/// Draws something on a slide.
///
/// # Errors
/// As [`seen`]; [`ServiceError::Forbidden`] for who only reads the case, [`ServiceError::Invalid`], [`ServiceError::Conflict`] on a
/// case that is over and on a slide that holds as many as it may.
pub async fn add(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    new: AnnotationContent,
    asked: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<AnnotationDocument>, ServiceError> {
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let hand = Hand::on(conn, &core, &actor, place)?;
            let row = hand.new_row(&new.clone().as_kept(), None)?;
            let key: AnnotationId = id(&row.id)?;
            let kept = idempotency::keep(conn, &core, actor.person, asked.as_ref(), 201, &key)?;
            if let Some((_, kept)) = kept {
                let row = hand.one(conn, kept)?;
                if row.removed_at.is_some() {
                    return Err(ServiceError::NotFound);
                }
                return Ok(Made {
                    document: document(conn, row)?,
                    replayed: true,
                });
            }
            hand.draws_as()?;
            let problems = new.problems(hand.size);
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            hand.still_goes_on()?;
            if room(conn, place)? == 0 {
                return Err(ServiceError::Conflict(
                    "the slide has as many annotations as it may",
                ));
            }
            store::annotations::insert(conn, &row)?;
            hand.record(conn, AnnotationAction::Added, &row)?;
            hand.audit(conn, "add_annotation", &request_id)?;
            Ok(Made {
                document: document(conn, row)?,
                replayed: false,
            })
        })
        .await
}

/// How many more a slide may have.
fn room(conn: &mut Conn, place: Place) -> Result<usize, StoreError> {
    let there = store::annotations::count(conn, place.case, place.slide)?;
    Ok(PER_SLIDE_MAX.saturating_sub(usize::try_from(there).unwrap_or(usize::MAX)))
}

/// Draws on a slide what another program wrote: all of it or nothing.
///
/// # Errors
/// As [`add`]; more than the slide may have is a bad field.
pub async fn import(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    collection: FeatureCollection,
    asked: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<Vec<AnnotationDocument>>, ServiceError> {
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let hand = Hand::on(conn, &core, &actor, place)?;
            let batch = AnnotationId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, actor.person, asked.as_ref(), 201, &batch)?;
            if let Some((_, kept)) = kept {
                let rows = store::annotations::of_batch(conn, &kept.to_string())?;
                return Ok(Made {
                    document: documents(conn, rows)?,
                    replayed: true,
                });
            }
            hand.draws_as()?;
            let found = collection.annotations(hand.size, room(conn, place)?);
            let found = found.map_err(ServiceError::Invalid)?;
            hand.still_goes_on()?;
            let mut rows = Vec::new();
            for content in &found {
                let row = hand.new_row(content, Some(&batch))?;
                store::annotations::insert(conn, &row)?;
                hand.record(conn, AnnotationAction::Added, &row)?;
                rows.push(row);
            }
            hand.audit(conn, "import_annotations", &request_id)?;
            Ok(Made {
                document: documents(conn, rows)?,
                replayed: false,
            })
        })
        .await
}

/// Draws or names one's own annotation anew.
///
/// # Errors
/// As [`add`]; [`ServiceError::Stale`] when it is at another version than `read`.
pub async fn change(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    (key, read): (AnnotationId, i64),
    new: AnnotationContent,
    request_id: &str,
) -> Result<AnnotationDocument, ServiceError> {
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let hand = Hand::on(conn, &core, &actor, place)?;
            let before = hand.own(conn, key, read)?;
            let problems = new.problems(hand.size);
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            let row = AnnotationRow {
                version: before.version + 1,
                content: to_json(&new.clone().as_kept())?,
                changed_at: micros(core.clock.now()),
                ..before
            };
            put(conn, &hand, AnnotationAction::Changed, &row)?;
            hand.audit(conn, "change_annotation", &request_id)?;
            document(conn, row)
        })
        .await
}

/// Takes one's own annotation away. What it was stays on record.
///
/// # Errors
/// As [`change`].
pub async fn remove(
    ex: &Exchange,
    actor: &Actor,
    place: Place,
    (key, read): (AnnotationId, i64),
    request_id: &str,
) -> Result<(), ServiceError> {
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let hand = Hand::on(conn, &core, &actor, place)?;
            let before = hand.own(conn, key, read)?;
            let now = micros(core.clock.now());
            let row = AnnotationRow {
                version: before.version + 1,
                changed_at: now,
                removed_at: Some(now),
                ..before
            };
            put(conn, &hand, AnnotationAction::Removed, &row)?;
            hand.audit(conn, "remove_annotation", &request_id)
        })
        .await
}

/// Puts a version in the place of the one before, unless somebody did so at the same moment; then it is looked at once more.
fn put(
    conn: &mut Conn,
    hand: &Hand<'_>,
    action: AnnotationAction,
    row: &AnnotationRow,
) -> Result<(), ServiceError> {
    if !store::annotations::replace(conn, row)? {
        return Err(ServiceError::Contended);
    }
    Ok(hand.record(conn, action, row)?)
}
