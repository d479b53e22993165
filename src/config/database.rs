//! The address of the database. An unknown scheme is refused: SQLite would silently take it for a file name.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the database is. Its text form, also in `Debug`, hides the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server: the whole address, password included, as libpq takes it.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// Reads `sqlite:PATH`, `sqlite:///PATH`, `postgres://…` or `postgresql://…`. The error never repeats the text, which may
    /// hold a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text
            .split_once(':')
            .ok_or("needs a scheme: sqlite:PATH or postgres://…")?;
        match scheme {
            "sqlite" => sqlite_path(rest).map(Self::Sqlite),
            "postgres" | "postgresql" if rest.starts_with("//") => {
                Ok(Self::Postgres(text.to_owned()))
            }
            "postgres" | "postgresql" => Err(format!("needs two slashes: {scheme}://…")),
            _ => Err("has an unknown scheme: sqlite:PATH and postgres://… are known".to_owned()),
        }
    }
}

impl DatabaseUrl {
    /// The whole address, password included, for whoever opens the database.
    pub fn address(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(text) => text.clone(),
        }
    }
}

fn sqlite_path(rest: &str) -> Result<PathBuf, String> {
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(path) if path.starts_with('/') => path,
        Some(_) => {
            return Err(
                "names a host: write sqlite:PATH, or sqlite:///PATH for an absolute path"
                    .to_owned(),
            );
        }
    };
    match path {
        "" => Err("names no file: write sqlite:PATH".to_owned()),
        ":memory:" => Err(
            "must be a file: a database in memory is another one for each connection".to_owned(),
        ),
        path => Ok(PathBuf::from(path)),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(text) => f.write_str(&without_password(text)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hides the password before the host and those among the parameters. Not the URL parser: libpq's lists of hosts
/// (`a:5432,b:5432`) are not URLs. An address that libpq would misread too is hidden whole.
fn without_password(text: &str) -> String {
    let (scheme, rest) = text.split_once("//").unwrap_or(("", text));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None if path.contains('@') => return format!("{scheme}//***"),
        None => authority.to_owned(),
    };
    format!(
        "{scheme}//{}{}",
        without_secret_parameters(&authority),
        without_secret_parameters(path)
    )
}

fn without_secret_parameters(text: &str) -> String {
    let Some((before, parameters)) = text.split_once('?') else {
        return text.to_owned();
    };
    let shown = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            // sslpassword opens the client's key file.
            Some((name, _)) if name.ends_with("password") => format!("{name}=***"),
            _ => parameter.to_owned(),
        });
    format!("{before}?{}", shown.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused_for_a_reason() {
        let cases = [
            ("sqlite:var/relecture.db", Ok("sqlite:var/relecture.db")),
            ("sqlite:/srv/relecture.db", Ok("sqlite:/srv/relecture.db")),
            ("sqlite:///srv/relecture.db", Ok("sqlite:/srv/relecture.db")),
            ("sqlite://srv/relecture.db", Err("names a host")),
            ("sqlite:", Err("names no file")),
            ("sqlite::memory:", Err("must be a file")),
            (
                "postgresql://r@db/relecture",
                Ok("postgresql://r@db/relecture"),
            ),
            ("postgres:relecture", Err("two slashes")),
            ("mysql://db/relecture", Err("unknown scheme")),
            ("relecture.db", Err("needs a scheme")),
        ];
        for (text, expected) in cases {
            let read = text.parse::<DatabaseUrl>().map(|url| url.to_string());
            match (read, expected) {
                (Ok(shown), Ok(expected)) => assert_eq!(shown, expected),
                (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
                (read, _) => panic!("{text}: {read:?}"),
            }
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        let cases = [
            ("postgres://r:s3cret@db/x", "postgres://r:***@db/x"),
            (
                "postgres://r:s3@cret@a:5432,b:5433/x?sslmode=require",
                "postgres://r:***@a:5432,b:5433/x?sslmode=require",
            ),
            (
                "postgres://db/x?user=r&password=s3cret",
                "postgres://db/x?user=r&password=***",
            ),
            ("postgres://r:s3?cret@db/x", "postgres://r:***@db/x"),
            ("postgres://r:s3/cret@db/x", "postgres://***"),
            (
                "postgres://db?password=s3cret",
                "postgres://db?password=***",
            ),
            (
                "postgres://db/x?sslpassword=s3cret&a=b",
                "postgres://db/x?sslpassword=***&a=b",
            ),
        ];
        for (text, shown) in cases {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }
}
