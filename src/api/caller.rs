//! Who asks: the token of a request, the person's allowance, and the roles they hold now.

use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::query;
use crate::domain::people::Actor;
use crate::http::{Kind, Problem, State, bearer_token, known, request_id};
use crate::service::Exchange;
use crate::service::sessions::{self, Bearer, Session};

/// Somebody who showed a token and is within their allowance. Which roles they hold is not read yet.
pub(super) struct Asker {
    state: web::Data<State>,
    /// Who.
    pub(super) bearer: Bearer,
}

impl Asker {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let state = state(request)?;
        let exchange = &state.exchange;
        let bearer = sessions::bearer(exchange, bearer_token(request)?)?;
        known(request, bearer.person);
        let allowance = state.limiter.take(bearer.person, exchange.core.clock.now());
        request.extensions_mut().insert(allowance);
        match allowance.retry_after {
            None => Ok(Self { state, bearer }),
            Some(seconds) => Err(Problem::new(Kind::TooManyRequests).retry_after(seconds)),
        }
    }

    /// What they ask.
    pub(super) fn exchange(&self) -> &Exchange {
        &self.state.exchange
    }
}

/// The state behind the doors.
pub(super) fn state(request: &HttpRequest) -> Result<web::Data<State>, Problem> {
    request
        .app_data::<web::Data<State>>()
        .cloned()
        .ok_or_else(|| Problem::internal("the server was built without its state"))
}

impl FromRequest for Asker {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// Somebody who is logged in, with the roles they hold now, and who asked without parameters.
pub(super) struct Caller {
    state: web::Data<State>,
    /// Their session.
    pub(super) session: Session,
    /// The request they make.
    pub(super) request_id: String,
}

impl Caller {
    /// Who.
    pub(super) fn actor(&self) -> &Actor {
        &self.session.actor
    }

    /// What they ask.
    pub(super) fn exchange(&self) -> &Exchange {
        &self.state.exchange
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let plain = query::none(request);
        let caller = WithParameters::from_request(request, payload);
        Box::pin(async move {
            let WithParameters(caller) = caller.await?;
            plain.map(|()| caller)
        })
    }
}

/// A caller whose request may have parameters: the handler names those it takes.
pub(super) struct WithParameters(pub(super) Caller);

impl FromRequest for WithParameters {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (asker, request_id) = (Asker::of(request), request_id(request));
        Box::pin(async move {
            let Asker { state, bearer } = asker?;
            let session = sessions::session(&state.exchange, bearer).await?;
            Ok(Self(Caller {
                state,
                session,
                request_id,
            }))
        })
    }
}
