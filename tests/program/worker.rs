//! A worker that ends by itself is seen: its server ends too, and says why.

use std::net::TcpListener;
use std::sync::mpsc;

use relecture::application::Application;
use relecture::config::{Config, Places};
use relecture::server::{self, StartError};
use tokio::sync::{oneshot, watch};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::client;

/// A server with a worker that falls, or ends in order, when it is told to; its address, and how it ended.
struct Watched {
    address: String,
    fall: Option<oneshot::Sender<bool>>,
    stop: watch::Sender<bool>,
    thread: std::thread::JoinHandle<Result<(), StartError>>,
}

impl Watched {
    fn start(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places {
            file: None,
            environment: vec![(
                "RELECTURE_DATA_DIR".into(),
                folder.path().display().to_string(),
            )],
        };
        let config = Config::load(&places, &mut rand::rng()).expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (exchange, (stop, stopped)) = (world.exchange.clone(), watch::channel(false));
        let (fall, falls) = oneshot::channel::<bool>();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let application =
                    Application::build(exchange, &config, listener).expect("a server");
                let worker = async move {
                    match falls.await {
                        Ok(true) => panic!("as the story wants it"),
                        Ok(false) => {}
                        Err(_) => panic!("the story ended early"),
                    }
                };
                tell.send(()).expect("the story waits");
                server::run(application, worker, stopped).await
            })
        });
        told.recv().expect("the server starts");
        Self {
            address,
            fall: Some(fall),
            stop,
            thread,
        }
    }

    async fn ready(&self) -> reqwest::Result<u16> {
        let address = format!("{}/health/ready", self.address);
        Ok(client().get(address).send().await?.status().as_u16())
    }

    fn ended(self) -> Result<(), StartError> {
        self.thread.join().expect("the thread ends in order")
    }
}

#[actix_web::test]
async fn a_worker_that_ends_by_itself_takes_the_server_with_it() {
    for falls in [true, false] {
        let database = TestDatabase::sqlite();
        let world = World::on(database.url()).await;
        let mut watched = Watched::start(&world);
        assert_eq!(watched.ready().await.unwrap(), 204);
        watched.fall.take().unwrap().send(falls).unwrap();
        while watched.ready().await.is_ok() {}
        let ended = watched.ended();
        assert!(matches!(ended, Err(StartError::WorkerEnded)), "{ended:?}");
    }
}

#[actix_web::test]
async fn a_worker_that_ends_because_it_is_told_to_is_no_failure() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let mut watched = Watched::start(&world);
    assert_eq!(watched.ready().await.unwrap(), 204);
    watched.stop.send(true).unwrap();
    // In the middle of the stop.
    watched.fall.take().unwrap().send(false).unwrap();
    watched.ended().unwrap();
}
