//! Reads the text of one value. Each error continues a sentence that begins with the value's name.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lettre::message::Mailbox;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// One of a few words.
pub(super) fn choice<T: Copy>(words: &[(&str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("must be one of {}", words.join(", "))
        })
    }
}

/// A whole number above nothing and at most what its type holds.
pub(super) fn positive<T>(text: &str) -> Result<T, String>
where
    T: FromStr<Err: Display>,
{
    text.parse()
        .map_err(|error| format!("must be a positive whole number: {error}"))
}

/// A time in milliseconds, from 1 to one hour's worth.
pub(super) fn milliseconds(text: &str) -> Result<Duration, String> {
    bounded(text, 3_600_000).map(Duration::from_millis)
}

/// A time in seconds, from 1 to one day's worth.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    bounded(text, 86_400).map(Duration::from_secs)
}

fn bounded(text: &str, most: u64) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from 1 to {most}")),
    }
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "must be an address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned()
    })
}

/// The address of a service.
pub(super) fn service(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("must be a web address: {error}"))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("must begin with https:// or http://".to_owned())
    }
}

/// Names of files, separated by commas.
pub(super) fn files(text: &str) -> Result<Vec<PathBuf>, String> {
    let names = text.split(',').map(str::trim);
    Ok(names
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .collect())
}

/// Addresses of machines, separated by commas; `none` for none.
pub(super) fn addresses(text: &str) -> Result<Vec<IpAddr>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|part| {
            let part = part.trim();
            part.parse()
                .map_err(|_| format!("must be addresses such as 10.0.0.1; {part:?} is none"))
        })
        .collect()
}

/// Origins of pages (RFC 6454), separated by commas; `none` for none. Over plain HTTP only from the machine itself, so that nobody on
/// the way can make a page of such an origin.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    text.split(',').map(|part| origin(part.trim())).collect()
}

fn origin(text: &str) -> Result<String, String> {
    let refused = || format!("must be origins such as https://slim.example.org; {text:?} is none");
    let url = Url::parse(text).map_err(|_| refused())?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(refused()),
    };
    let origin = url.origin().ascii_serialization();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    if safe && origin == text.trim_end_matches('/') {
        Ok(origin)
    } else {
        Err(refused())
    }
}

/// The address by which people reach the server: a scheme, a host, perhaps a port, and nothing else, because links are made
/// by adding paths to it.
pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("must be a web address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with https:// or http://".to_owned());
    }
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare || url.path() != "/" {
        return Err("must be a scheme, a host and perhaps a port, with nothing behind".to_owned());
    }
    Ok(url)
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse()
        .map_err(|_| "must be `address` or `name <address>`".to_owned())
}

pub(super) fn log_level(text: &str) -> Result<String, String> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "must be directives such as `info` or `info,relecture=debug`: {error}"
        )),
    }
}

/// A whole number.
pub(super) fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "must be a whole number".to_owned())
}

/// Any text but none, without the end of the line that it may have from its file.
pub(super) fn line(text_: &str) -> Result<String, String> {
    text(text_.trim_end_matches(['\r', '\n']))
}

/// Any text but none.
pub(super) fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("must not be empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        let two = origins("https://slim.example.org, http://127.0.0.1:8080").unwrap();
        assert_eq!(two, ["https://slim.example.org", "http://127.0.0.1:8080"]);
        assert!(origins("none").unwrap().is_empty());
        for wrong in [
            "",
            "*",
            "null",
            "slim.example.org",
            "https://slim.example.org/viewer",
            "https://user@slim.example.org",
            "https://Slim.example.org",
            "https://slim.example.org:443",
            "http://slim.example.org",
            "file:///",
            "https://slim.example.org,",
        ] {
            assert!(origins(wrong).is_err(), "{wrong}");
        }
    }
}
