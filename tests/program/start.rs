//! From nothing to a person logged in, by what `--help` says and no more.

use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::program::{Machine, repository_file};
use crate::support::served::client;

const PASSWORD: &str = "six blocs et douze lames";

#[actix_web::test]
async fn an_exchange_of_ones_own_starts_by_following_the_help() {
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let machine = Machine::on(database.url());
        let help = machine.done(&["--help"]);
        let steps = ["migrate", "import", "user add", "serve"];
        for step in steps {
            assert!(
                help.contains(&format!("relecture {step}")),
                "{step} is in the help:\n{help}"
            );
        }
        machine.done(&["migrate"]);
        let (network, people) = (
            repository_file("data/demo/network.json"),
            repository_file("data/demo/people.json"),
        );
        let said = machine.done(&["import", &network, &people]);
        assert!(
            said.contains("4 networks, 22 laboratories, 69 people"),
            "{said}"
        );
        let login = "jordan.jouvenelle@example.org";
        let said = machine.run_with_input(&["user", "password", login], &format!("{PASSWORD}\n"));
        assert_eq!(said.code, 0, "{said:?}");

        let (program, address) = machine.serve(&[]).await;
        let answer = client()
            .post(format!("{address}/api/v1/session"))
            .json(&json!({ "login": login, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        program.signal("TERM");
        let (status, said) = program.ended();
        assert!(status.success(), "{status}: {said:#?}");
        assert!(
            said.iter().all(|line| !line.contains(PASSWORD)),
            "{said:#?}"
        );
    }
}
