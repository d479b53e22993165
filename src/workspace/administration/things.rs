//! What agreements, laboratories, networks, slide sources and webhooks have in common: a form that adds one, and a page of one whose form
//! changes it.

use std::fmt::Display;

use actix_web::{HttpRequest, web};
use serde::de::DeserializeOwned;

use super::super::form::{Fields, Sent};
use super::super::page::Page;
use super::super::respond::{Answer, to};
use super::super::visitor::Visitor;
use super::record::{Field, Form, Record, Tried};
use crate::domain::problems::FieldProblem;
use crate::service::{Idempotency, ServiceError};

/// A kind of thing that administrators keep.
pub(super) trait Thing {
    /// Identifies one.
    type Id: Copy + Display + DeserializeOwned + 'static;
    /// What is kept of one.
    type Content;
    /// One as it is kept.
    type Kept;
    /// What the form, its notice and its copy in the browser are called after.
    const PART: &'static str;
    /// Where they are listed.
    const HERE: &'static str;

    /// What a form stands for; `kept` is what is there now.
    fn content(
        visitor: &Visitor,
        sent: &Fields,
        kept: Option<&Self::Kept>,
    ) -> Result<Self::Content, Vec<FieldProblem>>;

    /// Adds one. Some have a secret, which is told this once.
    async fn add(
        visitor: &Visitor,
        content: Self::Content,
        key: Option<Idempotency>,
    ) -> Result<(Self::Id, Option<String>), ServiceError>;

    /// Reads one.
    async fn read(visitor: &Visitor, id: Self::Id) -> Result<Self::Kept, ServiceError>;

    /// Changes one that is still at that version.
    async fn change(
        visitor: &Visitor,
        id: Self::Id,
        version: i64,
        content: Self::Content,
    ) -> Result<(), ServiceError>;

    /// The page of one, or of one that is to be added.
    async fn record(visitor: &Visitor, kept: Option<&Self::Kept>) -> Result<Record, ServiceError>;
}

/// The form that adds one.
pub(super) async fn new<T: Thing>(visitor: Visitor) -> Answer {
    T::record(&visitor, None).await?.answer()
}

/// Adds one.
pub(super) async fn add<T: Thing>(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let done = match T::content(&visitor, &fields, None) {
        Ok(content) => {
            let key = fields.idempotency(&format!("{}/new", T::HERE));
            T::add(&visitor, content, key).await
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    let said = format!("done=done-{part}&kept={part}-new", part = T::PART);
    match done {
        Ok((id, None)) => Ok(to(&format!("{}/{id}?{said}", T::HERE))),
        Ok((id, Some(secret))) => {
            let kept = T::read(&visitor, id).await?;
            let mut record = T::record(&visitor, Some(&kept)).await?;
            record.page.take_notice(&Fields::of_query(&said));
            record.tell(T::PART, secret);
            record.answer()
        }
        Err(error @ ServiceError::Invalid(_)) => again::<T>(&visitor, None, fields, error).await,
        Err(other) => Err(other.into()),
    }
}

/// One of them.
pub(super) async fn show<T: Thing>(
    visitor: Visitor,
    id: web::Path<T::Id>,
    request: HttpRequest,
) -> Answer {
    let kept = T::read(&visitor, *id).await?;
    let mut record = T::record(&visitor, Some(&kept)).await?;
    record
        .page
        .take_notice(&Fields::of_query(request.query_string()));
    record.answer()
}

/// Keeps what the form holds.
pub(super) async fn save<T: Thing>(sent: Sent, id: web::Path<T::Id>) -> Answer {
    let Sent { visitor, fields } = sent;
    let id = *id;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let kept = T::read(&visitor, id).await?;
    let done = match T::content(&visitor, &fields, Some(&kept)) {
        Ok(content) => T::change(&visitor, id, version, content).await,
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match done {
        Ok(()) => Ok(to(&format!(
            "{}/{id}?done=done-{part}&kept={part}-{id}",
            T::HERE,
            part = T::PART
        ))),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => {
            // Anew: what somebody else has written in the meantime is shown beside what was typed.
            let kept = T::read(&visitor, id).await?;
            again::<T>(&visitor, Some(&kept), fields, error).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The page as it was typed, with what is wrong.
async fn again<T: Thing>(
    visitor: &Visitor,
    kept: Option<&T::Kept>,
    fields: Fields,
    error: ServiceError,
) -> Answer {
    let tried = Tried {
        part: T::PART,
        fields,
        error,
    };
    let mut record = T::record(visitor, kept).await?;
    record.tried(&tried, "error-conflict");
    record.answer()
}

/// The form of one at a version, or of one that is to be added.
pub(super) fn form<T: Thing>(page: &Page, kept: Option<(T::Id, i64)>, fields: Vec<Field>) -> Form {
    let id = kept.map_or_else(|| "new".to_owned(), |(id, _)| id.to_string());
    Form {
        part: T::PART,
        action: format!("{}/{id}", T::HERE),
        fields,
        version: kept.map(|(_, version)| version),
        submit: page.t("profile-save"),
        class: "first",
        keep: Some(format!("{}-{id}", T::PART)),
        ..Form::default()
    }
}
