//! Several instances of the real program on one database: two that serve, two that work. And many people who want the same at the
//! same moment, on either database.

mod changes;
mod next_case;
mod outbox;
mod pools;
mod races;

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::program::{Machine, Program};

/// Servers of one exchange: two on PostgreSQL, the one that SQLite allows.
struct Site {
    world: World,
    addresses: Vec<String>,
    _programs: Vec<Program>,
    _machines: Vec<Machine>,
    _database: TestDatabase,
}

impl Site {
    async fn both() -> [Self; 2] {
        [
            Self::of(TestDatabase::sqlite(), 1).await,
            Self::of(TestDatabase::postgres(), 2).await,
        ]
    }

    async fn of(database: TestDatabase, servers: usize) -> Self {
        let world = World::on(database.url()).await;
        world.without_limits().await;
        let mut site = Self {
            world,
            addresses: Vec::new(),
            _programs: Vec::new(),
            _machines: Vec::new(),
            _database: database,
        };
        for _ in 0..servers {
            let machine = machine(site._database.url());
            let (program, address) = machine.serve(&["--no-worker"]).await;
            site.addresses.push(address);
            site._programs.push(program);
            site._machines.push(machine);
        }
        site
    }

    /// The servers in turn.
    fn address(&self, turn: usize) -> &str {
        &self.addresses[turn % self.addresses.len()]
    }
}

/// A machine of an exchange: all of them share the database and the keys.
fn machine(database_url: &str) -> Machine {
    Machine::on(database_url)
        .with("sealing_key", &"0123456789abcdef".repeat(4))
        .with("token_keys", &"fedcba9876543210".repeat(4))
        .with("limits.requests_per_minute", "1000000")
}
