//! Slides kept on a disk: served without asking again, even by a process that starts anew; sealed; gone when their cases are over.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relecture::domain::slides::{SlideLocation, SourceKind};
use relecture::service::slide_cache;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::hostile::{Hostile, whole};
use crate::support::program::Machine;
use crate::support::served::{Caller, Served, client};

/// Tries of something that happens beside what is asked.
const TRIES: usize = 5000;

/// A DeepZoom source with one slide of 512 × 512 pixels that counts how often its tiles are asked for.
struct Counting {
    source: Hostile,
    tiles: Arc<AtomicUsize>,
}

impl Counting {
    fn start() -> Self {
        let tiles = Arc::new(AtomicUsize::new(0));
        let (count, tile) = (Arc::clone(&tiles), tile());
        let source = Hostile::start(move |path, stream| {
            let answer = if path.ends_with(".dzi") {
                let xml = "<?xml version=\"1.0\"?><Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" Format=\"jpg\" \
                           Overlap=\"0\" TileSize=\"256\"><Size Width=\"512\" Height=\"512\"/></Image>";
                whole(
                    "200 OK",
                    "Content-Type: application/xml\r\n",
                    xml.as_bytes(),
                )
            } else {
                count.fetch_add(1, Ordering::SeqCst);
                whole("200 OK", "Content-Type: image/jpeg\r\n", &tile)
            };
            let _ = stream.write_all(&answer);
        });
        Self { source, tiles }
    }

    /// How often since it was asked so the last time.
    fn asked(&self) -> usize {
        self.tiles.swap(0, Ordering::SeqCst)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/slides", self.source.port)
    }

    async fn world(&self, database: &TestDatabase) -> World {
        World::with_source(database.url(), SourceKind::DeepZoom, &self.url()).await
    }
}

/// A tile of 256 × 256 pixels.
fn tile() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_fn(256, 256, |x, y| image::Rgb([x as u8, y as u8, 90]));
    pixels
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

/// A case of Cayenne with that slide, sent; its version and its slide.
async fn case(world: &World, submitter: &Caller) -> Value {
    let location = SlideLocation::DeepZoom {
        path: "one.dzi".into(),
    };
    let body = json!({ "laboratory": world.cayenne, "content": world.content(location) });
    let made = submitter.post("/cases", &body).await.expect(201);
    let id = made.json["id"].as_str().unwrap();
    let sent = submitter
        .command(id, made.version(), "submit", &json!({}))
        .await;
    sent.expect(200).json
}

async fn withdraw(submitter: &Caller, case: &Value) {
    let (id, version) = (
        case["id"].as_str().unwrap(),
        case["version"].as_i64().unwrap(),
    );
    let why = json!({"reason": "Doublon"});
    let _ = submitter
        .command(id, version, "withdraw", &why)
        .await
        .expect(200);
}

/// The address below which the slide of a case is seen.
async fn view(submitter: &Caller, case: &Value) -> String {
    let slide = &case["specimens"][0]["blocks"][0]["slides"][0]["id"];
    let [case, slide] = [&case["id"], slide].map(|id| id.as_str().unwrap());
    let path = format!("/cases/{case}/slides/{slide}/views");
    let opened = submitter.post(&path, &Value::Null).await.expect(200);
    opened.json["description"].as_str().unwrap().to_owned()
}

/// The four tiles of the finest resolution.
async fn tiles(address: &str, view: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for place in ["0_0", "1_0", "0_1", "1_1"] {
        let url = format!("{address}{view}/slide_files/9/{place}.jpg");
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        all.push(answer.bytes().await.unwrap().to_vec());
    }
    all
}

/// A number of the metrics about what is on the disk.
async fn on_disk(caller: &Caller, what: &str) -> u64 {
    let metrics = caller.get("/metrics").await.expect(200);
    let begin = format!("relecture_slides_on_disk{{what=\"{what}\"}} ");
    let line = metrics
        .text
        .lines()
        .find_map(|line| line.strip_prefix(&begin));
    line.unwrap_or_else(|| panic!("{what} in {}", metrics.text))
        .parse()
        .unwrap()
}

async fn until(caller: &Caller, what: &str, count: u64) {
    for _ in 0..TRIES {
        if on_disk(caller, what).await == count {
            return;
        }
    }
    panic!(
        "{what} never was {count}, but {}",
        on_disk(caller, what).await
    );
}

/// The files in which pictures lie.
fn files(folder: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.is_dir());
    folders
        .flat_map(|path| std::fs::read_dir(path).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[actix_web::test]
async fn a_process_that_starts_anew_serves_from_the_disk_and_what_was_altered_is_asked_for_again() {
    for database in TestDatabase::both() {
        let counting = Counting::start();
        let world = counting.world(&database).await;
        let machine =
            Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY));
        let folder = machine.path("slides");
        let machine = machine.with("slides.cache_dir", &folder.display().to_string());
        let login =
            |address: String| async move { Caller::login_at(&address, "submitter.cayenne").await };

        let (program, address) = machine.serve(&[]).await;
        let submitter = login(address.clone()).await;
        let case = case(&world, &submitter).await;
        // The check of the link asked for one.
        let _ = counting.asked();
        let original = tiles(&address, &view(&submitter, &case).await).await;
        assert_eq!((counting.asked(), original.len()), (4, 4));
        until(&submitter, "pictures", 4).await;
        let bytes = on_disk(&submitter, "bytes").await;
        assert!(bytes > 0 && bytes < on_disk(&submitter, "most_bytes").await);
        program.signal("TERM");
        assert!(program.ended().0.success());

        // Nothing on the disk shows what it is.
        let kept = files(&folder);
        assert_eq!(kept.len(), 4);
        for file in &kept {
            let sealed = std::fs::read(file).unwrap();
            assert!(
                original
                    .iter()
                    .all(|tile| !sealed.windows(64).any(|part| part == &tile[..64]))
            );
        }
        let said = machine.done(&["doctor"]);
        assert!(said.contains("slides on the disk: 4 pictures"), "{said}");

        // The next process asks for no tile. One of them was altered in the meantime: that one it asks for.
        let mut altered = std::fs::read(&kept[0]).unwrap();
        altered[100] ^= 1;
        std::fs::write(&kept[0], altered).unwrap();
        let (program, address) = machine.serve(&[]).await;
        let submitter = login(address.clone()).await;
        assert_eq!(
            tiles(&address, &view(&submitter, &case).await).await,
            original
        );
        assert_eq!(counting.asked(), 1);
        assert_eq!(on_disk(&submitter, "damaged").await, 1);
        assert_eq!(on_disk(&submitter, "found").await, 3);
        until(&submitter, "pictures", 4).await;

        // Nobody shares the folder; who asks for it to be emptied gets it empty, and the server goes on.
        let second = machine.run(&["serve"]);
        assert!(
            second.code != 0 && second.err.contains("a folder of its own"),
            "{second:?}"
        );
        assert!(
            machine
                .done(&["slides", "purge"])
                .contains("4 pictures removed")
        );
        assert!(files(&folder).is_empty());
        program.signal("TERM");
        assert!(program.ended().0.success());
        let (program, address) = machine.serve(&[]).await;
        let submitter = login(address.clone()).await;
        assert_eq!(
            tiles(&address, &view(&submitter, &case).await).await,
            original
        );
        assert_eq!(counting.asked(), 4);
        program.signal("TERM");
        assert!(program.ended().0.success());
    }
}

#[actix_web::test]
async fn a_slide_goes_from_the_disk_when_the_last_of_its_cases_is_over_and_does_not_come_back() {
    for database in TestDatabase::both() {
        let counting = Counting::start();
        let world = counting.world(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let exchange = &world.exchange;
        let limit = 1 << 20;
        exchange
            .viewer
            .keep_on(&exchange.core, folder.path(), limit)
            .unwrap();
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let (first, second) = (
            case(&world, &submitter).await,
            case(&world, &submitter).await,
        );
        let seen = view(&submitter, &first).await;
        let _ = counting.asked();
        // However many ask at once, the source is asked once.
        let asking = (0..50).map(|_| tiles(&served.address, &seen));
        let all = futures_util::future::join_all(asking).await;
        assert!(all.iter().all(|one| *one == all[0]));
        assert_eq!(counting.asked(), 4);
        until(&submitter, "pictures", 4).await;

        withdraw(&submitter, &first).await;
        let now = Some(exchange.core.clock.now());
        slide_cache::sweep(exchange, now).await.unwrap();
        assert_eq!(
            on_disk(&submitter, "pictures").await,
            4,
            "another case has it too"
        );
        withdraw(&submitter, &second).await;
        until(&submitter, "pictures", 0).await;
        assert!(files(folder.path()).is_empty());

        // Who may still look is shown it, from the source; it is kept on no disk any more.
        world.clock.advance(chrono::Duration::seconds(10));
        let again = view(&submitter, &second).await;
        assert_eq!(tiles(&served.address, &again).await, all[0]);
        slide_cache::sweep(exchange, None).await.unwrap();
        assert!(files(folder.path()).is_empty());
        assert_eq!(on_disk(&submitter, "pictures").await, 0);
    }
}
