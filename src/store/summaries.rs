//! What people want to be told by mail, and what waits for the summary of their day.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::Conn;
use super::schema::{notification_choices, summary_items};
use super::{StoreResult, id, json, name, to_json};
use crate::domain::ids::{OutboxId, PersonId};
use crate::domain::notifications::{Choices, Noted, NotificationKind};
use crate::domain::text_enum::TextEnum;

/// The choices of a person with their version; 0 of who has never chosen.
///
/// # Errors
/// Storage failures.
pub fn choices_of(conn: &mut Conn, person: PersonId) -> StoreResult<(i64, Choices)> {
    let kept: Option<(i64, String)> = notification_choices::table
        .find(person.to_string())
        .select((notification_choices::version, notification_choices::choices))
        .first(conn)
        .optional()?;
    kept.map_or(Ok((0, Choices::default())), |(version, choices)| {
        Ok((version, Choices::kept(&json(&choices)?)))
    })
}

/// Keeps the choices of a person, if they are still at version `read`; tells whether they were.
///
/// # Errors
/// Storage failures.
pub fn keep_choices(
    conn: &mut Conn,
    person: PersonId,
    read: i64,
    choices: &Choices,
) -> StoreResult<bool> {
    let choices = to_json(choices)?;
    let changed = if read == 0 {
        // Two first choices may meet: the later one is told that it is not the first.
        diesel::sql_query(
            "INSERT INTO notification_choices (person_id, version, choices) VALUES ($1, 1, $2) ON CONFLICT (person_id) DO NOTHING",
        )
        .bind::<Text, _>(person.to_string())
        .bind::<Text, _>(choices)
        .execute(conn)?
    } else {
        let same = notification_choices::table
            .find(person.to_string())
            .filter(notification_choices::version.eq(read));
        diesel::update(same)
            .set((
                notification_choices::version.eq(read + 1),
                notification_choices::choices.eq(choices),
            ))
            .execute(conn)?
    };
    Ok(changed == 1)
}

/// Puts a mail aside for the summary of a person; a second time it is there already.
///
/// # Errors
/// Storage failures.
pub fn put_aside(
    conn: &mut Conn,
    mail: OutboxId,
    person: PersonId,
    noted: &Noted,
) -> StoreResult<()> {
    let known: i64 = summary_items::table
        .find(mail.to_string())
        .count()
        .get_result(conn)?;
    if known == 0 {
        diesel::insert_into(summary_items::table)
            .values((
                summary_items::id.eq(mail.to_string()),
                summary_items::person_id.eq(person.to_string()),
                summary_items::kind.eq(noted.kind.as_str()),
                summary_items::reference.eq(&noted.reference),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a day of a person for their summary. False when that day, or a later one, had one: whoever takes it writes the summary in
/// the same transaction.
///
/// # Errors
/// Storage failures.
pub fn take_day(conn: &mut Conn, person: PersonId, day: NaiveDate) -> StoreResult<bool> {
    let day = day.to_string();
    let free = notification_choices::table.find(person.to_string()).filter(
        notification_choices::summarised_on
            .is_null()
            .or(notification_choices::summarised_on.lt(&day)),
    );
    let taken = diesel::update(free)
        .set(notification_choices::summarised_on.eq(&day))
        .execute(conn)?;
    Ok(taken == 1)
}

/// What waits for the summary of a person, the oldest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn waiting_for(
    conn: &mut Conn,
    person: PersonId,
    limit: i64,
) -> StoreResult<Vec<(OutboxId, Noted)>> {
    let rows: Vec<(String, String, Option<String>)> = summary_items::table
        .filter(summary_items::person_id.eq(person.to_string()))
        .filter(summary_items::summarised_at.is_null())
        .order(summary_items::id)
        .limit(limit)
        .select((
            summary_items::id,
            summary_items::kind,
            summary_items::reference,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(mail, kind, reference)| {
            let kind: NotificationKind = name(&kind)?;
            Ok((id(&mail)?, Noted { kind, reference }))
        })
        .collect()
}

/// Keeps that these were told, or will never be.
///
/// # Errors
/// Storage failures.
pub fn settle(conn: &mut Conn, mails: &[OutboxId], at: i64) -> StoreResult<()> {
    let mails: Vec<String> = mails.iter().map(ToString::to_string).collect();
    diesel::update(summary_items::table.filter(summary_items::id.eq_any(mails)))
        .set(summary_items::summarised_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Who has something waiting.
///
/// # Errors
/// Storage failures.
pub fn waited_for(conn: &mut Conn) -> StoreResult<Vec<PersonId>> {
    summary_items::table
        .filter(summary_items::summarised_at.is_null())
        .select(summary_items::person_id)
        .distinct()
        .order(summary_items::person_id)
        .load::<String>(conn)?
        .iter()
        .map(|person| id(person))
        .collect()
}

/// Forgets what was told before `before`.
///
/// # Errors
/// Storage failures.
pub fn forget_told(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    Ok(
        diesel::delete(summary_items::table.filter(summary_items::summarised_at.lt(before)))
            .execute(conn)?,
    )
}
