//! The maker's library, opened once and shared: each operation has a session of its own, and one that is held keeps all of them
//! logged in.

use std::sync::{Mutex, PoisonError, RwLock};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot as SlotHandle;
use cryptoki::types::AuthPin;

use super::{Place, Slot, Trouble};

/// The name of P-256 (secp256r1), DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// Bytes of an uncompressed point of P-256, and of an ES256 signature.
const POINT: usize = 65;
const SIGNATURE: usize = 64;

/// What hands out sessions.
pub(super) struct Desk {
    place: Place,
    /// Read by who uses the library, written by who opens it anew: it is not closed under anybody's hands.
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How often it was opened.
    opened: u64,
    pin_refused: bool,
}

struct Open {
    module: Pkcs11,
    slot: SlotHandle,
    /// Keeps the token logged in. Behind a lock only because a session belongs to one thread at a time.
    held: Mutex<Session>,
    names: Names,
}

/// What a token calls itself.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) label: String,
    pub(super) model: String,
}

/// What is done in a session.
pub(super) type Work<T> = dyn Fn(&Session, &Names) -> Result<T, Trouble>;

impl Desk {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            state: RwLock::default(),
        }
    }

    /// Does something in a session. A token that was taken out and put back, and a module that lost its line, are opened anew, once.
    pub(super) fn with<T>(&self, again: bool, work: &Work<T>) -> Result<T, Trouble> {
        let opened = self.ready(None)?;
        match self.once(again, work) {
            Err((trouble, true)) if stale(&trouble) => {
                self.ready(Some(opened))?;
                self.once(false, work).map_err(|(trouble, _)| trouble)
            }
            done => done.map_err(|(trouble, _)| trouble),
        }
    }

    /// Does it in a session of its own, or tells why not and whether it may be tried again: nothing was asked of a token that gave no
    /// session.
    fn once<T>(&self, again: bool, work: &Work<T>) -> Result<T, (Trouble, bool)> {
        // Held until the end: the library is not closed meanwhile.
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let closed = || (Trouble::Absent("it was just closed".to_owned()), true);
        let open = state.open.as_ref().ok_or_else(closed)?;
        let session = open.module.open_rw_session(open.slot);
        let session = session.map_err(|error| (said(&error), true))?;
        work(&session, &open.names).map_err(|trouble| (trouble, again))
    }

    /// Sees to it that the token is open; `stale` is the opening that served no more.
    fn ready(&self, stale: Option<u64>) -> Result<u64, Trouble> {
        let fit = |state: &State| {
            (state.open.is_some() && stale != Some(state.opened)).then_some(state.opened)
        };
        if let Some(opened) = fit(&self.state.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(opened);
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = fit(&state) {
            return Ok(opened);
        }
        if let Some(open) = state.open.take() {
            open.close();
        }
        if state.pin_refused {
            return Err(Trouble::PinRefused);
        }
        match open(&self.place) {
            Ok(open) => {
                state.opened += 1;
                state.open = Some(open);
                Ok(state.opened)
            }
            Err(trouble) => {
                state.pin_refused = trouble == Trouble::PinRefused;
                Err(trouble)
            }
        }
    }
}

impl Open {
    /// Closes the library, as well as a library whose token has gone can be closed.
    fn close(self) {
        drop(self.held);
        let _ = self.module.finalize();
    }
}

/// What may come of a session that has gone stale. A token that was taken out has lost its keys.
fn stale(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Failed(_) | Trouble::Absent(_) | Trouble::KeyMissing
    )
}

fn open(place: &Place) -> Result<Open, Trouble> {
    let absent = |error: &Error| Trouble::Absent(format!("{}: {error}", place.module.display()));
    let module = Pkcs11::new(&place.module).map_err(|error| absent(&error))?;
    let threads = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match module.initialize(threads) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(said(&error)),
    }
    match enter(&module, place) {
        Ok((slot, session, names)) => Ok(Open {
            module,
            slot,
            held: Mutex::new(session),
            names,
        }),
        Err(trouble) => {
            // Or else it would not look for its tokens anew.
            let _ = module.finalize();
            Err(trouble)
        }
    }
}

fn enter(module: &Pkcs11, place: &Place) -> Result<(SlotHandle, Session, Names), Trouble> {
    let slot = find(module, &place.slot)?;
    let info = module.get_token_info(slot).map_err(|error| said(&error))?;
    if info.user_pin_locked() {
        return Err(Trouble::Locked);
    }
    if info.user_pin_final_try() {
        return Err(Trouble::LastTry);
    }
    let session = module.open_ro_session(slot).map_err(|error| said(&error))?;
    if info.login_required() {
        let pin = AuthPin::new(place.pin.clone().into());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(said(&error)),
        }
    }
    let names = Names {
        label: info.label().to_owned(),
        model: info.model().to_owned(),
    };
    Ok((slot, session, names))
}

fn find(module: &Pkcs11, wanted: &Slot) -> Result<SlotHandle, Trouble> {
    let slots = module
        .get_slots_with_token()
        .map_err(|error| said(&error))?;
    let mut found = slots.into_iter().filter(|slot| match wanted {
        Slot::Number(number) => slot.id() == *number,
        Slot::Label(label) => module
            .get_token_info(*slot)
            .is_ok_and(|info| info.label() == label),
    });
    match (found.next(), found.next()) {
        (Some(slot), None) => Ok(slot),
        (None, _) => Err(Trouble::Absent(match wanted {
            Slot::Number(number) => format!("nothing is in slot {number}"),
            Slot::Label(label) => format!("none has the label {label:?}"),
        })),
        (Some(_), Some(_)) => Err(Trouble::Absent(
            "several have that label: name the slot".to_owned(),
        )),
    }
}

/// What went wrong, in our words.
fn said(error: &Error) -> Trouble {
    let Error::Pkcs11(answer, _) = error else {
        return Trouble::Failed(error.to_string());
    };
    match answer {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Trouble::PinRefused,
        RvError::PinLocked => Trouble::Locked,
        RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::DeviceRemoved
        | RvError::SlotIdInvalid => Trouble::Absent(error.to_string()),
        _ => Trouble::Failed(error.to_string()),
    }
}

/// The one object of that kind with that identifier.
fn object(session: &Session, class: ObjectClass, key: &[u8]) -> Result<ObjectHandle, Trouble> {
    let wanted = [
        Attribute::Class(class),
        Attribute::KeyType(KeyType::EC),
        Attribute::Id(key.to_vec()),
    ];
    let found = session
        .find_objects(&wanted)
        .map_err(|error| said(&error))?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Trouble::KeyMissing),
        _ => Err(Trouble::Failed(
            "several keys have this identifier".to_owned(),
        )),
    }
}

/// Both numbers of the signature.
pub(super) fn sign(session: &Session, key: &[u8], digest: &[u8]) -> Result<Vec<u8>, Trouble> {
    let key = object(session, ObjectClass::PRIVATE_KEY, key)?;
    let signature = session
        .sign(&Mechanism::Ecdsa, key, digest)
        .map_err(|error| said(&error))?;
    if signature.len() == SIGNATURE {
        Ok(signature)
    } else {
        Err(Trouble::Failed(
            "its signature is not one of P-256".to_owned(),
        ))
    }
}

pub(super) fn public_key(session: &Session, key: &[u8]) -> Result<Vec<u8>, Trouble> {
    let object = object(session, ObjectClass::PUBLIC_KEY, key)?;
    point(session, object)
}

/// The point of a public key, which stands in a DER octet string; some tokens leave that out.
fn point(session: &Session, object: ObjectHandle) -> Result<Vec<u8>, Trouble> {
    let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
    let attributes = session
        .get_attributes(object, &wanted)
        .map_err(|error| said(&error))?;
    let (mut curve, mut point) = (None, None);
    for attribute in attributes {
        match attribute {
            Attribute::EcParams(bytes) => curve = Some(bytes),
            Attribute::EcPoint(bytes) => point = Some(bytes),
            _ => {}
        }
    }
    let bare = point.map(|bytes| match bytes.as_slice() {
        [0x04, 0x41, rest @ ..] if rest.len() == POINT => rest.to_vec(),
        _ => bytes,
    });
    match bare.filter(|bytes| bytes.len() == POINT && bytes.first() == Some(&4)) {
        Some(point) if curve.as_deref() == Some(&P256) => Ok(point),
        _ => Err(Trouble::Failed("its key is not one of P-256".to_owned())),
    }
}

pub(super) fn generate(session: &Session, key: &[u8], label: &str) -> Result<Vec<u8>, Trouble> {
    let both = [
        Attribute::Token(true),
        Attribute::Id(key.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(P256.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let public = [&both[..], &public].concat();
    let private = [&both[..], &private].concat();
    let (made, _) = session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .map_err(|error| said(&error))?;
    point(session, made)
}

/// Private keys on an elliptic curve.
pub(super) fn count(session: &Session) -> Result<usize, Trouble> {
    let wanted = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
    ];
    let found = session
        .find_objects(&wanted)
        .map_err(|error| said(&error))?;
    Ok(found.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn what_a_token_answers_is_told_apart() {
        let told = |answer| said(&Error::Pkcs11(answer, Function::Login)).code();
        assert_eq!(told(RvError::PinIncorrect), "token_pin_refused");
        assert_eq!(told(RvError::PinLenRange), "token_pin_refused");
        assert_eq!(told(RvError::PinLocked), "token_locked");
        assert_eq!(told(RvError::DeviceRemoved), "token_absent");
        assert_eq!(told(RvError::TokenNotPresent), "token_absent");
        assert_eq!(told(RvError::DeviceError), "token_failed");
        assert_eq!(said(&Error::InvalidValue).code(), "token_failed");
    }
}
