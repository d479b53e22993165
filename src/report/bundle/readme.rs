//! How to use what is in a bundle, with the steps that not every bundle has.

use super::Copies;

/// What is written in a language.
pub(super) struct Words {
    text: &'static str,
    stamp: &'static str,
    revocations: &'static str,
    readings: &'static str,
    log: &'static str,
}

pub(super) const FRENCH: Words = Words {
    text: include_str!("LISEZMOI.txt"),
    stamp: "L’horodatage est bien celui de cette signature (time-authority.pem : les certificats de l’autorité d’horodatage).",
    revocations: "La clé du signataire n’avait pas été retirée quand ce dossier a été fait. Si cette étape échoue plus tard avec une liste plus\n   \
                  récente (/revocations/ suivi de l’empreinte SHA-256 de l’autorité, en minuscules et sans deux-points), la liste dit\n   \
                  depuis quand : ce qui a été signé avant le reste.",
    readings: "L’avis repose sur les lectures d’un panel, chacune dans son dossier readings/ avec les mêmes fichiers ; ce que les\n   \
               autres lecteurs disent de l’avis est de même dans positions/. Chacun l’a signé, et le petit vérificateur dit si\n   \
               ce sont bien les lectures que l’avis désigne :",
    log: "L’avis figure au journal public des avis signés. Comparez log-key.txt avec la clé que publie le réseau (relecture log key,\n   \
          ou /log/key) ; toute implémentation de c2sp.org/tlog-proof lit la preuve, ou bien :",
};

pub(super) const ENGLISH: Words = Words {
    text: include_str!("README.txt"),
    stamp: "The time stamp is of this signature (time-authority.pem: the certificates of the time stamp authority).",
    revocations: "The signer’s key had not been taken out of use when this folder was made. Where this step fails, with this list or with a later\n   \
                  one (/revocations/ and the authority’s SHA-256, in lower case without colons), the list tells since when:\n   \
                  what was signed before stays signed.",
    readings: "The opinion was written over the readings of a panel, each in its folder of readings/ with the same files; what the\n   \
               other readers say of it is in positions/ in the same way. Each signed their own, and the small verifier tells whether\n   \
               these are the readings that the opinion names:",
    log: "The opinion is in the public log of signed opinions. Compare log-key.txt with the key that the network publishes\n   \
          (relecture log key, or /log/key); any implementation of c2sp.org/tlog-proof reads the proof, or:",
};

const VERIFY_LOG: &str = "node verify-log.mjs";

/// The text for a bundle of an opinion and these readings; `listed` are the folders with a list of what their authority has taken back.
pub(super) fn written(
    words: &Words,
    opinion: &Copies,
    seats: &[(String, &Copies)],
    listed: &[String],
    in_log: bool,
) -> Vec<u8> {
    let mut of_readings: Vec<String> = seats
        .iter()
        .flat_map(|(folder, copies)| of_seat(folder, copies))
        .collect();
    of_readings.push(VERIFY_LOG.to_owned());
    let lists = listed.iter().map(|folder| in_use(folder)).collect();
    let more = [
        (opinion.stamped, words.stamp, vec![stamp("")]),
        (!listed.is_empty(), words.revocations, lists),
        (!seats.is_empty(), words.readings, of_readings),
        (in_log, words.log, vec![VERIFY_LOG.to_owned()]),
    ];
    let more: String = more
        .into_iter()
        .filter(|(there, ..)| *there)
        .zip(5..)
        .map(|((_, words, commands), step)| {
            let lines: String = commands
                .iter()
                .map(|one| format!("    $ {one}\n"))
                .collect();
            format!("\n{step}. {words}\n\n{lines}")
        })
        .collect();
    words
        .text
        .replace("{iat}", &opinion.signed_at.to_string())
        .replace("{through}", &through("", opinion))
        .replace("{more}", &more)
        .into_bytes()
}

/// Steps 1 to 3 for what a reader signed, and its time stamp.
fn of_seat(folder: &str, copies: &Copies) -> Vec<String> {
    let at = copies.signed_at;
    let mut commands = vec![
        format!("openssl x509 -in {folder}authority.pem -noout -fingerprint -sha256"),
        format!(
            "openssl verify -attime {at} -CAfile {folder}authority.pem {}{folder}signer.pem",
            through(folder, copies)
        ),
        format!("openssl x509 -in {folder}signer.pem -noout -pubkey -out signer.pub"),
        format!(
            "openssl dgst -sha256 -verify signer.pub -signature {folder}signature.der {folder}signed.txt"
        ),
    ];
    commands.extend(copies.stamped.then(|| stamp(folder)));
    commands
}

/// Names the certificates between the signer's and the authority's, where there are any.
fn through(folder: &str, copies: &Copies) -> String {
    if copies.through {
        format!("-untrusted {folder}between.pem ")
    } else {
        String::new()
    }
}

/// The list is of now, and the certificate may have run out since: neither is looked at as of the other's time.
fn in_use(folder: &str) -> String {
    format!(
        "openssl verify -no_check_time -crl_check -CRLfile {folder}revocations.pem -CAfile {folder}authority.pem {folder}signer.pem"
    )
}

fn stamp(folder: &str) -> String {
    format!(
        "openssl ts -verify -token_in -in {folder}timestamp.der -data {folder}signature.txt -CAfile time-authority.pem"
    )
}
