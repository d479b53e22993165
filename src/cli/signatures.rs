//! `relecture verify` and `relecture keys`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::{Failure, say};
use crate::config::Config;
use crate::domain::text_enum::TextEnum;
use crate::report::bundle::verification::{
    Bundle, BundleFinding, PositionFound, ReadingFound, verify_bundle,
};
use crate::report::verification::{Paper, PaperFinding, verify_paper};
use crate::server;
use crate::service::certificates::{self, Made, Refusal};
use crate::service::{ServiceError, revocations, signatures as service, token_signing};
use crate::signing::timestamps::Stamp;
use crate::signing::transparency::{Continuity, Logged, published_key};
use crate::signing::verification::{
    Report, Trust, certificates as pem_certificates, verify as examine,
};
use crate::store::{StoreError, instant, signatures};

/// Largest file that is read as a signed opinion, bytes: a bundle whose reports are full of pictures.
const FILE_MAX: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The signed opinion, as the exchange hands it out: the signed file, the report (PDF) that carries it, or the bundle (ZIP) with
    /// everything in it. With --since: the proof that the log goes on, as `relecture log prove` or the address `/log/consistency/`
    /// hands it out.
    file: PathBuf,
    /// Certificate (PEM) of the signing authority that you trust. Without it the command tells which authority certified the
    /// key, and you compare its SHA-256 with the one that the exchange publishes.
    #[arg(long, value_name = "PEM")]
    authority: Option<PathBuf>,
    /// Certificates (PEM) of the time stamp authorities that you trust. Without them the command tells which one it was.
    #[arg(long, value_name = "PEM")]
    time_authority: Option<PathBuf>,
    /// Public key of the transparency log that you trust, as `relecture log key` or the address `/log/key` tells it. Without it a
    /// bundle's own is used, and told.
    #[arg(long, value_name = "FILE")]
    log_key: Option<PathBuf>,
    /// A checkpoint of the transparency log that you kept: the file is looked at as the proof that the log goes on from it.
    #[arg(long, value_name = "CHECKPOINT", requires = "log_key")]
    since: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Print the certificate of the exchange's signing authority and its SHA-256, for those who verify opinions; those out of use
    /// follow.
    Authority,
    /// Take the signing authority out of use and make another. What the old one certified stays signed and verifiable.
    Rotate,
    /// List the experts' signing keys.
    List,
    /// Give an expert a key in the token (pkcs11.module), certified by the exchange's authority. They sign with it from now on.
    Hold {
        /// The login.
        login: String,
        /// The identifier (CKA_ID, hexadecimal) of a key pair on P-256 that is in the token already. Without it one is made there.
        #[arg(long, value_name = "HEX")]
        adopt: Option<String>,
    },
    /// Make a key for an expert and print a request (PKCS #10) for its certificate, to be sent to an authority of the network's own.
    /// What they sign with changes only when the certificate comes back: `relecture keys certify`.
    Request {
        /// The login.
        login: String,
        /// Make the key in the token (pkcs11.module).
        #[arg(long, conflicts_with = "adopt")]
        in_token: bool,
        /// The identifier (CKA_ID, hexadecimal) of a key pair on P-256 that is in the token already.
        #[arg(long, value_name = "HEX")]
        adopt: Option<String>,
    },
    /// Take the certificate that answers a request. The expert signs with that key from now on.
    Certify {
        /// The login.
        login: String,
        /// Certificates (PEM): the expert's, then each one's issuer, up to an authority that is trusted.
        #[arg(long, value_name = "PEM")]
        chain: PathBuf,
    },
    /// Trust an authority of a network's own: for the keys that it certifies, and for whoever verifies here.
    Trust {
        /// Its certificate (PEM), which it made itself.
        file: PathBuf,
        /// What readers are told whose it is; without it the name in its certificate.
        #[arg(long)]
        name: Option<String>,
    },
    /// List the authorities that are trusted beside the exchange's own, and those that were.
    Trusted,
    /// Trust an authority no more. Keys that it certified sign no more, and what they signed does not verify here any more.
    Withdraw {
        /// SHA-256 of its certificate, as `relecture keys trusted` prints it.
        sha256: String,
    },
    /// Take a person's signing keys out of use; their next signature makes a new one. What they signed stays signed. The authority's
    /// list of what it has taken back, at `/revocations/` with its SHA-256 and in every bundle, says so from now on.
    Revoke {
        /// The login.
        login: String,
    },
}

/// Verifies a file. Needs neither configuration nor database.
pub(super) fn verify(options: &Verify) -> Result<(), Failure> {
    let file = read(&options.file)?;
    let certificates_of = |path: &Option<PathBuf>| {
        path.as_deref()
            .map(|path| {
                let found = pem_certificates(&read(path)?);
                found
                    .ok_or_else(|| Failure::Other(format!("{}: not a certificate", path.display())))
            })
            .transpose()
    };
    let authorities = certificates_of(&options.authority)?;
    let time_authorities = certificates_of(&options.time_authority)?;
    let trust = Trust {
        authorities: authorities.as_deref(),
        time_authorities: time_authorities.as_deref(),
    };
    let log_key = options.log_key.as_deref().map(|path| {
        let key = published_key(&read(path)?);
        key.ok_or_else(|| Failure::Other(format!("{}: not a log's public key", path.display())))
    });
    let log_key = log_key.transpose()?;
    if let (Some(kept), Some(key)) = (&options.since, &log_key) {
        return on_continuity(&file, &read(kept)?, key);
    }
    let log_keys = log_key.map(|key| [key]);
    let log_keys = log_keys.as_ref().map(<[String; 1]>::as_slice);
    if let Some(bundle) = verify_bundle(&file, trust, log_keys, None) {
        return on_bundle(&bundle);
    }
    if let Some(paper) = verify_paper(&file, trust, None) {
        return on_paper(&paper);
    }
    let report = examine(&file, trust);
    print(&report);
    facts(&report);
    no_failure(&report)
}

/// Whether a log goes on from what it had signed.
fn on_continuity(proof: &[u8], kept: &[u8], key: &str) -> Result<(), Failure> {
    let kept = String::from_utf8_lossy(kept);
    let found = Continuity::read(proof).and_then(|proof| proof.leads_from(&kept, key));
    let found = found.map_err(|said| {
        Failure::Other(format!("this does not prove that the log goes on: {said}"))
    })?;
    let said = format!(
        "the {} entries that it has now begin with the {} that it had",
        found.now, found.then
    );
    line(true, "consistency", &said);
    Ok(())
}

fn no_failure(report: &Report) -> Result<(), Failure> {
    match report.failure() {
        None => Ok(()),
        Some(failure) => Err(Failure::Other(format!(
            "this is not an opinion as it was signed: {}",
            failure.said
        ))),
    }
}

/// What was found in a report.
fn on_paper(paper: &Paper) -> Result<(), Failure> {
    let mut around = paper.findings.iter();
    around.by_ref().take(1).for_each(of_paper);
    if let Some(report) = &paper.opinion {
        print(report);
    }
    around.for_each(of_paper);
    if let Some(report) = paper.opinion.as_ref().filter(|_| paper.opinion_holds()) {
        facts(report);
    }
    if let Some(report) = &paper.opinion {
        no_failure(report)?;
    }
    match paper.findings.iter().find(|one| !one.holds) {
        None => Ok(()),
        Some(failure) => Err(Failure::Other(format!(
            "this is not a report as it was made: {}",
            failure.said
        ))),
    }
}

/// What was found in a bundle.
fn on_bundle(bundle: &Bundle) -> Result<(), Failure> {
    let told = |finding: &BundleFinding| line(finding.holds, finding.check.as_str(), &finding.said);
    let mut around = bundle.findings.iter();
    around.by_ref().take(1).for_each(told);
    if let Some(report) = &bundle.opinion {
        print(report);
    }
    around.for_each(told);
    if let Some(report) = bundle.opinion.as_ref().filter(|_| bundle.holds()) {
        facts(report);
        bundle.readings.iter().for_each(reading);
        bundle.positions.iter().for_each(position);
    }
    if let Some(report) = &bundle.opinion {
        no_failure(report)?;
    }
    match bundle.failure() {
        None => Ok(()),
        Some(failure) => Err(Failure::Other(format!(
            "this is not a bundle as it was made: {}",
            failure.said
        ))),
    }
}

fn of_paper(finding: &PaperFinding) {
    line(finding.holds, finding.check.as_str(), &finding.said);
}

fn line(holds: bool, check: &str, said: &str) {
    let mark = if holds { "ok  " } else { "FAIL" };
    say(&format!("  {mark}  {check:<12} {said}"));
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::Other(format!("{}: {error}", path.display()));
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_MAX {
        let said = format!("{}: too large for a signed opinion", path.display());
        return Err(Failure::Other(said));
    }
    std::fs::read(path).map_err(failed)
}

fn print(report: &Report) {
    for finding in &report.findings {
        line(finding.holds, finding.check.as_str(), &finding.said);
    }
}

fn facts(report: &Report) {
    if let Some(statement) = &report.statement {
        say("");
        say(&format!("  case        {}", statement.case.reference));
        say(&format!(
            "  asked by    {}",
            statement.requested_by.laboratory_name
        ));
        say(&format!(
            "  signed by   {}, {}, at {}",
            statement.signed_by.name,
            statement.signed_by.network_name,
            statement.signed_at.to_rfc3339()
        ));
        say(&format!("  conclusion  {}", statement.content.conclusion));
        for named in &statement.panel {
            say(&format!(
                "  reading {}   {}: {}",
                named.seat, named.name, named.conclusion
            ));
        }
    }
}

/// What the file of a reading says beside its conclusion.
fn reading(found: &ReadingFound) {
    let proof = proof(
        found.signed_at,
        found.timestamp.as_ref(),
        found.logged.as_ref(),
    );
    say(&format!("  reading {}   {proof}", found.seat));
}

/// What another reader says of the opinion.
fn position(found: &PositionFound) {
    let reason = found.reason.as_ref();
    let reason = reason.map(|words| format!(": {words}"));
    say(&format!(
        "  seat {}      {} {}{}",
        found.seat,
        found.name,
        found.stance.as_str(),
        reason.unwrap_or_default()
    ));
    let proof = proof(
        found.signed_at,
        found.timestamp.as_ref(),
        found.logged.as_ref(),
    );
    say(&format!("  seat {}      {proof}", found.seat));
}

/// When something was signed, and what proves it.
fn proof(at: DateTime<Utc>, stamp: Option<&Stamp>, logged: Option<&Logged>) -> String {
    let stamped = match stamp {
        None => "no time stamp".to_owned(),
        Some(stamp) => format!("stamped at {}", stamp.at.to_rfc3339()),
    };
    let logged = match logged {
        None => "no proof that it is in a log".to_owned(),
        Some(logged) => format!("entry {} in the log {}", logged.position, logged.origin),
    };
    format!("signed at {}, {stamped}, {logged}", at.to_rfc3339())
}

pub(super) async fn run(config: &Config, command: Keys) -> Result<(), Failure> {
    server::require_migrated(config)?;
    let exchange = server::open(config)?;
    match command {
        Keys::Authority => {
            let authority = service::signing_authority(&exchange)
                .await
                .map_err(Failure::from_display)?;
            say(authority.certificate.trim_end());
            say(&format!("SHA-256 {}", authority.sha256));
            for earlier in authority.earlier {
                say(&format!("out of use\n{}", earlier.certificate.trim_end()));
                say(&format!("SHA-256 {}", earlier.sha256));
            }
        }
        Keys::Rotate => {
            let authority = service::rotate_authority(&exchange)
                .await
                .map_err(Failure::from_display)?;
            say(&format!(
                "The new authority has the SHA-256 {}",
                authority.sha256
            ));
        }
        Keys::List => {
            let keys = exchange
                .store
                .read(signatures::keys)
                .await
                .map_err(Failure::from_display)?;
            for (key, login) in keys {
                let state = match key.revoked_at {
                    Some(at) => format!("revoked {}", day(at)?),
                    None => String::new(),
                };
                let valid = format!("{} to {}", day(key.not_before)?, day(key.not_after)?);
                let held = match key.token_key {
                    Some(name) => format!("in the token: {name}  "),
                    None => String::new(),
                };
                say(&format!(
                    "{:<38} {login:<40} {valid}  {held}{state}",
                    key.id
                ));
            }
        }
        Keys::Hold { login, adopt } => {
            let held = token_signing::hold(&exchange, &login, adopt.as_deref())
                .await
                .map_err(|error| of_person(&login, error))?;
            say(&format!(
                "{login} signs with the token's key {} from now on",
                held.name
            ));
            say(&format!("Its certificate is number {}", held.id));
        }
        Keys::Request {
            login,
            in_token,
            adopt,
        } => {
            let made = match &adopt {
                Some(name) => Made::Adopted(name),
                None if in_token => Made::InToken,
                None => Made::Here,
            };
            let request = certificates::requested(&exchange, &login, made)
                .await
                .map_err(|error| of_person(&login, error))?;
            say(request.trim_end());
        }
        Keys::Certify { login, chain } => {
            let taken = certificates::certified(&exchange, &login, &read(&chain)?)
                .await
                .map_err(|refusal| match refusal {
                    Refusal::Service(error) => of_person(&login, error),
                    unfit => Failure::from_display(unfit),
                })?;
            say(&format!(
                "{login} signs as {} under {} until {}",
                taken.subject,
                taken.authority,
                taken.not_after.to_rfc3339()
            ));
        }
        Keys::Trust { file, name } => {
            let trusted = certificates::trust(&exchange, &read(&file)?, name.as_deref())
                .await
                .map_err(Failure::from_display)?;
            say(&format!("{} is trusted", trusted.name));
            say(&format!("SHA-256 {}", trusted.sha256));
        }
        Keys::Trusted => {
            let all = certificates::registered(&exchange).await;
            for one in all.map_err(Failure::from_display)? {
                let state = match one.withdrawn_at {
                    Some(at) => format!("  withdrawn {}", at.date_naive()),
                    None => String::new(),
                };
                say(&format!("{}  {}{state}", one.sha256, one.name));
            }
        }
        Keys::Withdraw { sha256 } => {
            let withdrawn = certificates::withdraw(&exchange, &sha256).await;
            if !withdrawn.map_err(Failure::from_display)? {
                let said = format!("no authority with the SHA-256 {sha256} is trusted");
                return Err(Failure::Other(said));
            }
            say("It is trusted no more");
        }
        Keys::Revoke { login } => {
            let revoked = revocations::revoke(&exchange, &login)
                .await
                .map_err(|error| of_person(&login, error))?;
            say(&format!("Signing keys taken out of use: {revoked}"));
        }
    }
    Ok(())
}

/// Why nothing was done for a person.
fn of_person(login: &str, error: ServiceError) -> Failure {
    match error {
        ServiceError::NotFound => nobody(login),
        error => Failure::from_display(error),
    }
}

fn nobody(login: &str) -> Failure {
    Failure::Other(format!("nobody has the login {login}"))
}

fn day(at: i64) -> Result<String, Failure> {
    let at = instant(at).map_err(|error: StoreError| Failure::from_display(error))?;
    Ok(at.date_naive().to_string())
}
