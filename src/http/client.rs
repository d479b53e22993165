//! From where a request comes.

use std::net::IpAddr;

use actix_web::http::header::X_FORWARDED_FOR;
use actix_web::{HttpRequest, web};

use super::state::State;

/// The address of the client: the nearest one that is no trusted proxy. What a client itself says of its address is not believed.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let state = request.app_data::<web::Data<State>>()?;
    let values = request.headers().get_all(X_FORWARDED_FOR);
    let said: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let peer = request.peer_addr()?.ip();
    Some(nearest(peer, &said, &state.trusted_proxies))
}

fn nearest(peer: IpAddr, said: &[&str], trusted: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    // Each proxy adds at the end whom it heard.
    let mut hops = said.iter().flat_map(|value| value.split(',')).rev();
    while trusted.contains(&address) {
        match hops
            .next()
            .and_then(|hop| hop.trim().parse::<IpAddr>().ok())
        {
            Some(next) => address = next.to_canonical(),
            None => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [ip("127.0.0.1"), ip("10.0.0.1")];
        let table: [(&str, &[&str], &str); 7] = [
            ("203.0.113.7", &[], "203.0.113.7"),
            ("203.0.113.7", &["198.51.100.1"], "203.0.113.7"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            (
                "127.0.0.1",
                &["192.0.2.66, 198.51.100.1", "10.0.0.1"],
                "198.51.100.1",
            ),
            ("127.0.0.1", &["whoever"], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ];
        for (peer, said, client) in table {
            assert_eq!(
                nearest(ip(peer), said, &trusted),
                ip(client),
                "{peer} {said:?}"
            );
        }
    }
}
